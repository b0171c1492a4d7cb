"""Postgres: pools, named queries, provisioning."""

from aidataops.database.pool import Connection, create_pool
from aidataops.database.queries import Queries

__all__ = ["Connection", "Queries", "create_pool"]
