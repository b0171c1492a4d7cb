"""The service's tables; every statement stands in ``queries/``."""

from feedback_router.store.announcements import AnnouncementStore
from feedback_router.store.automation import AutomationStore
from feedback_router.store.budget import BudgetStore
from feedback_router.store.capacity import CapacityStore
from feedback_router.store.clusters import ClusterStore
from feedback_router.store.facts import FactStore
from feedback_router.store.findings import FindingStore
from feedback_router.store.governance import GovernanceStore
from feedback_router.store.remediations import RemediationStore

__all__ = [
    "AnnouncementStore",
    "AutomationStore",
    "BudgetStore",
    "CapacityStore",
    "ClusterStore",
    "FactStore",
    "FindingStore",
    "GovernanceStore",
    "RemediationStore",
]
