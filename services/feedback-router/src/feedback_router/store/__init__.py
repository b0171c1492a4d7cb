"""The service's tables; every statement stands in ``queries.sql``."""

from feedback_router.store.announcements import AnnouncementStore
from feedback_router.store.facts import FactStore
from feedback_router.store.findings import FindingStore
from feedback_router.store.remediations import RemediationStore

__all__ = ["AnnouncementStore", "FactStore", "FindingStore", "RemediationStore"]
