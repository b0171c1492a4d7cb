"""What every event payload has in common."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""An opaque name: of a run, an item, an annotator … Never personal data: it may become a key."""

Term = Annotated[str, StringConstraints(min_length=1, max_length=80)]
"""A word of a vocabulary that grows: an enum would make every new word a new major version."""

Instant = AwareDatetime
"""A moment with its offset; naive times are refused."""

Slices = dict[Identifier, Identifier]
"""Attribute → value of one item or sample, e.g. ``{"domain": "returns", "language": "es"}``."""


class Value(BaseModel):
    """A typed part of a payload.

    Unknown fields are ignored, so that a newer producer does not break an older consumer; types
    are strict, so that ``"1"`` and ``true`` are no integers; NaN and infinity are refused.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


class Payload(Value):
    """The body of one event type; a subclass declares where it travels.

    ``class LabelAccepted(Payload, topic="annotation.labels", key="item_id",
    type="aidataops.annotation.label_accepted.v1")``. ``key`` names the field whose value keys the
    record: events of one key stay in order within their topic.
    """

    topic: ClassVar[str]
    key: ClassVar[str]
    type: ClassVar[str]

    def __init_subclass__(cls, *, topic: str, key: str, type: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.topic, cls.key, cls.type = topic, key, type

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if cls.key not in cls.model_fields:
            raise TypeError(f"{cls.__name__} has no field {cls.key!r} to be keyed by")

    def partition_key(self) -> str:
        """The record's key: the value of the field named by ``key``."""
        return str(getattr(self, self.key))
