"""Publishes from DeepEval: after ``evaluate()``, or when ``deepeval test run`` has ended.

```python
from aidataops.hooks.deepeval import publish, publish_on_end

publish(evaluate(test_cases, metrics), model="acme/assistant-v2", task="support_qa")

publish_on_end(model="acme/assistant-v2", task="support_qa")  # in a file of `deepeval test run`
```

Both are on when ``AIDATAOPS_PROJECT`` is set, and do nothing otherwise.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aidataops.hooks.publisher import Publisher

if TYPE_CHECKING:
    from deepeval.evaluate.types import EvaluationResult

_LATEST = Path(".deepeval") / ".latest_run_full.json"
_LOG = logging.getLogger("aidataops.hooks")


def publish(result: EvaluationResult, *, model: str, task: str) -> None:
    """Publish what ``evaluate()`` gave; what cannot be sent waits in the outbox."""
    _publish(result.model_dump(mode="json"), model=model, task=task)


def publish_on_end(*, model: str, task: str) -> None:
    """Publish the test run when ``deepeval test run`` has ended (its ``on_test_run_end``)."""
    import deepeval

    def read_and_publish() -> None:
        try:
            content = json.loads(_LATEST.read_bytes())
        except (OSError, ValueError) as error:
            _LOG.warning(
                "DeepEval left no test run in %s (%s): nothing is published", _LATEST, error
            )
            return
        _publish(content, model=model, task=task)

    deepeval.on_test_run_end(read_and_publish)


def _publish(content: Any, *, model: str, task: str) -> None:
    publisher = Publisher.from_environment()
    if publisher is None:
        return
    file = publisher.place(f"deepeval-{uuid4()}.json")
    file.write_text(json.dumps(content))
    entry = publisher.keep("deepeval", file, model=model, task=task, completed_at=datetime.now(UTC))
    publisher.deliver(entry)
