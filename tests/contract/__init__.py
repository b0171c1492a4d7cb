"""The event contracts: what may change, what may not, and that nothing did."""
