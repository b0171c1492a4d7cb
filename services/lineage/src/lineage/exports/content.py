"""What an item's text holds: a question, a conversation, an answer to it, candidates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from lineage.exports.errors import UnfitError

ROLES = ("system", "user", "assistant", "tool")


class Message(TypedDict):
    """One turn of a conversation, as chat templates take it."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Content:
    """``prompt`` are the turns before the answer; ``candidates`` are answers by side."""

    prompt: tuple[Message, ...]
    answer: str | None = None
    candidates: Mapping[str, str] = field(default_factory=dict)


def read_content(text: str, media_type: str | None) -> Content:
    """What an item says.

    A text is one turn of a user. JSON (``application/json``) is an object with ``messages``, or
    with ``prompt`` (a text or messages); further ``response``, the answer that is judged, and
    ``candidates``, an object of the answers that are compared. Messages that end with the
    assistant bring their answer. Raises ``UnfitError``.
    """
    if (media_type or "").partition(";")[0].strip().lower() != "application/json":
        return Content((_turn("user", text),))
    try:
        said = json.loads(text)
    except ValueError:
        raise UnfitError("its text is no JSON although its media type says so") from None
    if not isinstance(said, dict):
        raise UnfitError("its JSON is no object with prompt or messages")
    prompt = _messages(said.get("messages", said.get("prompt")))
    answer = said.get("response")
    if answer is None and prompt[-1]["role"] == "assistant":
        prompt, answer = prompt[:-1], prompt[-1]["content"]
    if not isinstance(answer, str | None):
        raise UnfitError("its response is no text")
    if not prompt:
        raise UnfitError("its conversation has no turn before the answer")
    return Content(prompt, answer, _candidates(said.get("candidates", {})))


def _messages(said: Any) -> tuple[Message, ...]:
    if isinstance(said, str):
        return (_turn("user", said),)
    if not isinstance(said, list) or not said:
        raise UnfitError("its JSON has neither prompt nor messages")
    for turn in said:
        if (
            not isinstance(turn, dict)
            or turn.get("role") not in ROLES
            or not isinstance(turn.get("content"), str)
        ):
            raise UnfitError(f"a message needs content, a text, and a role of {', '.join(ROLES)}")
    return tuple(_turn(turn["role"], turn["content"]) for turn in said)


def _candidates(said: Any) -> dict[str, str]:
    if not isinstance(said, dict) or not all(isinstance(text, str) for text in said.values()):
        raise UnfitError("its candidates are no object of texts")
    return said


def _turn(role: str, content: str) -> Message:
    return {"role": role, "content": content}
