"""What an API key lets its holder say.

A scope is ``kind:value``; what no scope allows is refused, and a payload never widens it:

=========  ==================================================================================
publish    event types, without prefix and version: ``evaluation.*``, ``training.run_completed``
project    the projects that events may concern
vendor     the vendors in whose name labels may come
person     the people in whose name decisions, sign-offs and flags may come
=========  ==================================================================================

``*`` as the value stands for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from gateway.domain.problems import RefusedError

KINDS = ("publish", "project", "vendor", "person")

_FIELDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "project": (("project",), ("decision", "project")),
    "vendor": (("vendor",),),
    "person": (
        ("made_by",),
        ("signed_off_by",),
        ("flagged_by",),
        ("proposed_by",),
        ("requested_by",),
    ),
}
"""Scope kind → the fields of a payload that it guards."""


@dataclass(frozen=True, slots=True)
class Credential:
    """An accepted API key: the source it speaks for, and its scopes."""

    name: str
    source: str
    scopes: frozenset[str]
    expires_at: datetime | None = None

    def check_source(self, source: str, path: str) -> None:
        """Raise unless the event comes from the key's source or from beneath it."""
        base = self.source.rstrip("/")
        if source != self.source and not source.startswith(f"{base}/"):
            raise RefusedError.at(
                "forbidden",
                path,
                f"{source!r} lies outside of {self.source!r}, which this key speaks for",
                f"send {base}/… as the source, or use another key",
            )

    def check_type(self, event_type: str, path: str) -> None:
        """Raise unless the key may send this type."""
        name = short_name(event_type)
        if not any(fnmatchcase(name, pattern) for pattern in self._values("publish")):
            raise RefusedError.at(
                "forbidden",
                path,
                f"this key may not send {event_type}",
                f"ask for a key with the scope publish:{name}",
            )

    def check_content(self, value: Mapping[str, Any], path: str) -> None:
        """Raise when the payload speaks for a project, vendor or person that is not the key's."""
        for kind, fields in _FIELDS.items():
            allowed = self._values(kind)
            if "*" in allowed:
                continue
            for steps in fields:
                content: Any = value
                for name in steps:
                    content = content.get(name) if isinstance(content, Mapping) else None
                if content is not None and content not in allowed:
                    raise RefusedError.at(
                        "forbidden",
                        ".".join((path, *steps)),
                        f"this key may not speak for this {kind}",
                        f"ask for a key with the scope {kind}:<{kind}>",
                    )

    def _values(self, kind: str) -> list[str]:
        prefix = f"{kind}:"
        return [scope.removeprefix(prefix) for scope in self.scopes if scope.startswith(prefix)]


def short_name(event_type: str) -> str:
    """``aidataops.evaluation.failure.v1`` → ``evaluation.failure``."""
    return event_type.removeprefix("aidataops.").rpartition(".v")[0]
