"""Faults on real processes, a real Apache Kafka and a real Postgres; one checker for all of them."""
