"""Lineage's tables: the graph, the dataset versions, the traces over both."""

from lineage.store.graph import GraphStore, claim
from lineage.store.traces import TraceStore
from lineage.store.versions import VersionStore

__all__ = ["GraphStore", "TraceStore", "VersionStore", "claim"]
