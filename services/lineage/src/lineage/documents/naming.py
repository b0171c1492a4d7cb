"""Names that hold outside: URNs of what lineage knows."""

from __future__ import annotations

from urllib.parse import quote


def urn(kind: str, name: str) -> str:
    """``urn:aidataops:source:faq``; whatever is in the name, the URN is one."""
    return f"urn:aidataops:{kind}:{quote(name, safe='@')}"


def version_urn(version_id: str) -> str:
    """``urn:aidataops:dataset_version:support@2``."""
    return urn("dataset_version", version_id)
