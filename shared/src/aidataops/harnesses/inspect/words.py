"""What was asked and answered in a sample of Inspect.

Texts over a hundred characters stand once among the sample's ``attachments``; elsewhere is only
``attachment://<hash>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

from aidataops.harnesses.fields import Fields
from aidataops.harnesses.text import text_of

_ATTACHMENT = re.compile(r"attachment://([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Words:
    """Prompt, target and answer as texts, and the signs of why it went wrong."""

    prompt: str | None
    expected: str | None
    actual: str | None
    signs: tuple[str, ...]

    @classmethod
    def of(cls, sample: Fields) -> Self:
        """The words of one sample."""
        attachments = sample.object("attachments").content
        target = sample.content.get("target")
        if isinstance(target, list) and len(target) == 1:
            [target] = target
        output = sample.object("output")
        choices = output.objects("choices")
        answer = output.content.get("completion")
        if answer is None and choices:
            answer = _spoken(choices[0].object("message").content.get("content"))
        signs = []
        if choices and (stop := choices[0].text("stop_reason")) not in {"stop", None}:
            signs.append(f"stop={stop}")
        if limit := sample.object("limit").text("type"):
            signs.append(f"limit={limit}")

        def whole(value: Any) -> str | None:
            text = text_of(value)
            if text is None or not attachments:
                return text
            return text_of(_ATTACHMENT.sub(lambda found: _attached(found, attachments), text))

        return cls(
            prompt=whole(_conversation(sample.content.get("input"))),
            expected=whole(target),
            actual=whole(answer),
            signs=tuple(signs),
        )


def _attached(found: re.Match[str], attachments: Any) -> str:
    text = attachments.get(found[1])
    return text if isinstance(text, str) else found[0]


def _conversation(messages: Any) -> Any:
    if not isinstance(messages, list):
        return messages
    return "\n\n".join(
        f"{each.get('role')}: {_spoken(each.get('content'))}"
        for each in messages
        if isinstance(each, dict)
    )


def _spoken(content: Any) -> Any:
    """A message's content: a text, or parts of which only the texts are words."""
    if not isinstance(content, list):
        return content
    parts = [each["text"] for each in content if isinstance(each, dict) and "text" in each]
    return "\n".join(str(part) for part in parts)
