"""`aidataops demo`: the closed loop, played through the real services.

The demo speaks for people only (program lead, vendors, the import of existing data, training, the
evaluation harness). Whatever else happens is the services' own doing, and every figure shown was
read from an event on Kafka or from a service's read API.
"""
