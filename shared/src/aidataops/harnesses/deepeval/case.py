"""One test case of DeepEval, in either spelling.

A metric's ``error`` is no failure of the model: a judge timed out. Then the case errored, unless
another metric says that it failed. Metrics marked flaky never decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aidataops.harnesses.fields import Fields
from aidataops.harnesses.sample import Sample
from aidataops.harnesses.text import pairing_of, text_of

_SPELLINGS = {
    "actual_output": "actualOutput",
    "expected_output": "expectedOutput",
    "expected_outcome": "expectedOutcome",
    "metrics_data": "metricsData",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A test case as DeepEval writes it."""

    content: Fields

    def metrics(self) -> list[Fields]:
        """What each metric said, without those that never decide."""
        said = self.content.objects(self._spelled("metrics_data"))
        return [metric for metric in said if not metric.truth("flaky")]

    def sample(self, task: str, metric: str | None) -> Sample:
        """The case's outcome by one metric, or by all together."""
        content = self.content
        said = [each for each in self.metrics() if metric in {None, each.text("name")}]
        score, passed = self._verdict(said, metric)
        tags = content.content.get("tags")
        failed = [each.text("name") for each in said if each.truth("success") is False]
        return Sample(
            pairing=pairing_of(task, content.needed("name", "name the test case: it pairs by it")),
            score=score,
            passed=passed,
            file=content.file,
            place=f"{content.place}.metadata",
            attributes=content.object("metadata").content,
            signs=(
                *(f"metric={name}" for name in failed),
                *(f"tag={tag}" for tag in (tags if isinstance(tags, list) else ())),
            ),
            prompt=self._prompt(),
            expected=text_of(self._value("expected_output") or self._value("expected_outcome")),
            actual=self._answer(),
        )

    @staticmethod
    def _verdict(said: list[Fields], metric: str | None) -> tuple[float | None, bool | None]:
        whole = [each for each in said if each.text("error") is None]
        failed = any(each.truth("success") is False for each in whole)
        if not whole or (len(whole) < len(said) and not failed):
            return None, None
        if metric is None:
            return float(not failed), not failed
        return whole[0].number("score"), not failed

    def _spelled(self, name: str) -> str:
        return _SPELLINGS[name] if _SPELLINGS[name] in self.content.content else name

    def _value(self, name: str) -> Any:
        return self.content.content.get(self._spelled(name))

    def _turns(self) -> list[Fields]:
        return self.content.objects("turns")

    def _prompt(self) -> str | None:
        """The input; of a conversation all but the last turn."""
        if turns := self._turns():
            said = (f"{turn.text('role')}: {turn.text('content')}" for turn in turns[:-1])
            return text_of("\n\n".join(said))
        return text_of(self.content.content.get("input"))

    def _answer(self) -> str | None:
        if turns := self._turns():
            return text_of(turns[-1].content.get("content"))
        return text_of(self._value("actual_output"))
