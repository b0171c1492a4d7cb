"""Lineage's tables: the graph, the dataset versions, the traces over both."""

from lineage.store.contents import ContentStore
from lineage.store.decisions import DecisionStore, OpenDecision, Verdict
from lineage.store.graph import GraphStore
from lineage.store.reader import VersionReader
from lineage.store.traces import TraceStore
from lineage.store.versions import VersionStore

__all__ = [
    "ContentStore",
    "DecisionStore",
    "GraphStore",
    "OpenDecision",
    "TraceStore",
    "Verdict",
    "VersionReader",
    "VersionStore",
]
