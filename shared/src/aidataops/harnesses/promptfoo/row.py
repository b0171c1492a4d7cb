"""One row of promptfoo: a test under one prompt and provider.

``error`` is filled for plain failures of an assertion as well: only ``failureReason`` 2 says that
the provider failed and the model never answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aidataops.harnesses.fields import Fields
from aidataops.harnesses.sample import Sample
from aidataops.harnesses.text import pairing_of, text_of

_PROVIDER_FAILED = 2
_IDS = ("uid", "id", "sample_id")
_OLD = "write it with promptfoo 0.103 or newer"


@dataclass(frozen=True, slots=True)
class Row:
    """A row as promptfoo writes it."""

    content: Fields

    @property
    def column(self) -> int:
        """Which column of promptfoo's table it stands in, from 0."""
        return self.content.whole("promptIdx", 0)

    def sample(self, task: str, metric: str | None) -> Sample:
        """The row's outcome by promptfoo's verdict, or by one of its named scores."""
        content = self.content
        if "failureReason" not in content.content:
            raise content.error("failureReason", "is missing", _OLD)
        test = content.object("testCase")
        attributes = {**content.object("vars").content, **test.object("metadata").content}
        score, passed = self._verdict(metric)
        if content.whole("failureReason", 0) == _PROVIDER_FAILED:
            score = None
        return Sample(
            pairing=pairing_of(task, content.needed("promptId"), self._name(attributes)),
            score=score,
            passed=passed,
            file=content.file,
            place=f"{content.place}.testCase.metadata",
            attributes=attributes,
            signs=() if passed else tuple(dict.fromkeys(self._signs(attributes))),
            prompt=content.object("prompt").text("raw"),
            expected=self._expected(),
            actual=text_of(content.object("response").content.get("output")),
        )

    def _verdict(self, metric: str | None) -> tuple[float | None, bool | None]:
        content = self.content
        if metric is None:
            return content.number("score"), content.truth("success")
        parts = [
            part.truth("pass")
            for part in content.object("gradingResult").objects("componentResults")
            if part.object("assertion").text("metric") == metric
        ]
        return content.object("namedScores").number(metric), all(parts) if parts else None

    def _name(self, attributes: dict[str, Any]) -> str:
        """The user's id of the test, which stays when tests are added, or its place."""
        for field in _IDS:
            value = attributes.get(field)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)
        return f"test-{self.content.whole('testIdx', 0)}"

    def _failed(self) -> Iterator[Fields]:
        for part in self.content.object("gradingResult").objects("componentResults"):
            if part.truth("pass") is False:
                yield part

    def _expected(self) -> str | None:
        for part in self._failed():
            value = part.object("metadata").content.get("renderedAssertionValue")
            value = part.object("assertion").content.get("value") if value is None else value
            if value is not None:
                return text_of(value)
        return None

    def _signs(self, attributes: dict[str, Any]) -> Iterator[str]:
        if isinstance(plugin := attributes.get("pluginId"), str):
            yield f"plugin={plugin}"
            yield f"plugin={plugin.partition(':')[0]}"
        if self.content.object("response").truth("isRefusal"):
            yield "response=refusal"
        for part in self._failed():
            if kind := part.object("assertion").text("type"):
                yield f"assertion={kind}"
