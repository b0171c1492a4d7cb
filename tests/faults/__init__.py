"""Faults on real processes, a real Kafka and a real Postgres; one checker for all of them."""
