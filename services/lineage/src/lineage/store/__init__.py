"""Lineage's tables: the graph, the dataset versions, the traces over both."""

from lineage.store.builds import Build, BuildStore
from lineage.store.contents import ContentStore
from lineage.store.decisions import DecisionStore, RecordedDecision, Verdict
from lineage.store.diffs import DiffStore
from lineage.store.flags import FlagStore
from lineage.store.governance import GovernanceStore
from lineage.store.graph import GraphStore
from lineage.store.ledger import LedgerStore
from lineage.store.membership import MembershipStore, Reach
from lineage.store.proposals import ProposalStore
from lineage.store.questions import QuestionStore, Touching
from lineage.store.reader import VersionReader
from lineage.store.shelf import Shelf
from lineage.store.traces import TraceStore
from lineage.store.versions import VersionStore

__all__ = [
    "Build",
    "BuildStore",
    "ContentStore",
    "DecisionStore",
    "DiffStore",
    "FlagStore",
    "GovernanceStore",
    "GraphStore",
    "LedgerStore",
    "MembershipStore",
    "ProposalStore",
    "QuestionStore",
    "Reach",
    "RecordedDecision",
    "Shelf",
    "Touching",
    "TraceStore",
    "Verdict",
    "VersionReader",
    "VersionStore",
]
