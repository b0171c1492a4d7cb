"""Why something was refused, in the form of RFC 9457."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BASE = "urn:aidataops:problem:"

TITLES: dict[str, tuple[int, str]] = {
    "unauthorized": (401, "The API key is missing, wrong or expired"),
    "unsigned": (401, "The webhook's signature is missing, wrong or too old"),
    "forbidden": (403, "The API key may not send this"),
    "conflict": (409, "This id was used for another event"),
    "too-large": (413, "The body is too large"),
    "too-slow": (408, "The body came too slowly"),
    "unsupported-media-type": (415, "The body is in no form that the gateway reads"),
    "malformed": (400, "The body is no clean JSON"),
    "invalid-attribute": (400, "A CloudEvents attribute is missing or wrong"),
    "unknown-type": (422, "No such event type comes in from outside"),
    "invalid-data": (422, "The data does not match the event type"),
    "internal": (500, "The gateway failed"),
    "unavailable": (503, "The gateway cannot store events right now"),
}
"""Kind → status and title."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong: its JSON path, what is wrong, what to do about it."""

    path: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an event or a request was refused; ``errors`` name the fields."""

    kind: str
    detail: str
    errors: tuple[FieldError, ...] = ()

    @property
    def status(self) -> int:
        return TITLES[self.kind][0]

    @property
    def title(self) -> str:
        return TITLES[self.kind][1]

    def document(self) -> dict[str, Any]:
        """The body of ``application/problem+json``."""
        return {
            "type": BASE + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [
                {"path": error.path, "detail": error.detail, "remedy": error.remedy}
                for error in self.errors
            ],
        }


class RefusedError(Exception):
    """A request or an event is refused for this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem

    @classmethod
    def at(cls, kind: str, path: str, detail: str, remedy: str) -> RefusedError:
        """Refused because of one field."""
        return cls(
            Problem(kind, f"{path}: {detail}; {remedy}", (FieldError(path, detail, remedy),))
        )
