"""The probe on the true runtime, while something rare is made to happen once."""
