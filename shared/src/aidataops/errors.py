"""What can go wrong while an event is handled, by what to do about it."""

from __future__ import annotations

from typing import ClassVar


class AidataopsError(Exception):
    """The root; every error has a stable ``code`` and the facts that a log line needs."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **context: object) -> None:
        super().__init__(message)
        self.context = context

    def to_logging_context(self) -> dict[str, object]:
        """The error as fields of a structured log line."""
        return {"code": self.code, "error": str(self), **self.context}


class InvalidError(AidataopsError):
    """The event itself is wrong and stays wrong: it goes to the dead letters."""

    code = "invalid"


class TransientError(AidataopsError):
    """The world is in the way and may move: try again."""

    code = "transient"


class FatalError(AidataopsError):
    """Going on would do harm: stop and say why."""

    code = "fatal"


class ConfigurationError(AidataopsError):
    """A setting is wrong; the message names it and the remedy."""

    code = "configuration"
