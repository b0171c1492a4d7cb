"""A whole environment on one machine: Kafka, Postgres and the services as child processes."""
