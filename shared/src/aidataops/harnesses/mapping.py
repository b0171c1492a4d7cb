"""The mapping file: how rows of a table are to be read, and what no file says.

```yaml
run:                          # constants; an option of the command goes before each
  model: acme/assistant-v2
  task: support_qa
  task_version: "2"
  completed_at: 2026-11-22T21:42:32Z
  dataset_version: support-sft@2
  harness: our-evals
sample:                       # field of a row; dots lead into objects (JSONL)
  id: question_id
  passed: correct             # or score; or both
  error: exception            # filled: the sample errored, which is no failure of the model
  prompt: question
  expected: reference
  actual: answer.text
slices:                       # our attribute: field of a row
  domain: meta.topic
  language: lang
categories:                   # what a failure is, by an attribute's value or a harness's own sign
  kind=math: reasoning
  assertion=equals: hallucination
```

``run`` and ``categories`` serve every harness; ``sample`` and ``slices`` only tables.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from aidataops.events.base import Identifier, Instant
from aidataops.events.evaluation import DatasetReference, FailureCategory
from aidataops.harnesses.dataset import dataset_reference
from aidataops.harnesses.errors import HarnessFileError


def _reference(value: Any) -> Any:
    return dataset_reference(value) if isinstance(value, str) else value


def _text(value: Any) -> Any:
    """YAML reads ``task_version: 2`` as a number."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[Identifier, BeforeValidator(_text)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RunConstants(_Part):
    """What is the same for every sample and no row says."""

    id: Text | None = None
    model: Text | None = None
    task: Text | None = None
    task_version: Text | None = None
    completed_at: Instant | None = None
    dataset_version: Annotated[DatasetReference, BeforeValidator(_reference)] | None = None
    metric: Text | None = None
    harness: Text = "table"


class SampleFields(_Part):
    """Which field of a row says what."""

    id: str
    score: str | None = None
    passed: str | None = None
    error: str | None = None
    prompt: str | None = None
    expected: str | None = None
    actual: str | None = None
    cluster: str | None = None

    @model_validator(mode="after")
    def _tells_what_passed(self) -> Self:
        if self.score is None and self.passed is None:
            raise ValueError("names neither score nor passed, so nothing says what passed")
        return self


class TableMapping(_Part):
    """A whole mapping file."""

    run: RunConstants = RunConstants()
    sample: SampleFields | None = None
    slices: dict[Identifier, str] = {}
    categories: dict[Annotated[str, Field(pattern=r".=.")], FailureCategory] = {}

    @staticmethod
    def example() -> str:
        """A mapping file that says everything, with comments."""
        return textwrap.dedent((__doc__ or "").split("```")[1].removeprefix("yaml\n"))

    @classmethod
    def load(cls, file: Path) -> TableMapping:
        """Read a YAML file; raises `HarnessFileError` naming the field and what it may be."""
        import yaml

        try:
            content = yaml.safe_load(file.read_bytes())
            return cls.model_validate({} if content is None else content)
        except OSError as error:
            raise HarnessFileError(
                error.strerror or str(error), file=file, remedy="give a mapping file (YAML)"
            ) from error
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise HarnessFileError(
                f"{problem['msg']} (here: {problem['input']!r:.60})",
                file=file,
                field=".".join(str(step) for step in problem["loc"]) or None,
                remedy="see `aidataops publish mapping` for what a mapping file may say",
            ) from error
        except (yaml.YAMLError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            raise HarnessFileError(
                f"is no YAML ({getattr(error, 'problem', None) or error})",
                file=file,
                line=None if mark is None else mark.line + 1,
                remedy="mind indentation and quotes",
            ) from error
