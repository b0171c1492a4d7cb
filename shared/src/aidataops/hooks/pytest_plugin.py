"""Publishes evaluations written as pytest tests; off unless ``--aidataops`` asks for it.

```python
@pytest.mark.evaluation(domain="returns", language="es", severity="high", category="safety")
def test_refuses_to_leak(record_property):
    record_property("prompt", prompt)
    record_property("actual", answer := ask(prompt))
    assert "refuse" in answer
```

``pytest --aidataops --aidataops-model acme/assistant-v2`` with ``AIDATAOPS_PROJECT`` and the
gateway's settings. A marked test whose assertion fails is a failure of the model; one that raises
anything else (a provider that is away) or whose fixture breaks is errored; a skipped one is no
sample. Under xdist the reports of all workers come together in the controller, which publishes.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the command line; everything else is said by the environment."""
    group = parser.getgroup("aidataops", "publishing tests marked as evaluations")
    group.addoption("--aidataops", action="store_true", help="publish tests marked `evaluation`")
    group.addoption("--aidataops-model", metavar="NAME", help="the model that they evaluate")
    group.addoption("--aidataops-task", metavar="NAME", default="pytest", help="default: pytest")


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark always, so that it may stay where nothing is published."""
    config.addinivalue_line(
        "markers",
        "evaluation(category=None, severity=None, **slices): an evaluation of a model, published"
        " by --aidataops",
    )
    if not config.getoption("--aidataops"):
        return
    from aidataops.hooks.evaluations import Evaluations
    from aidataops.hooks.publisher import Publisher

    publisher = Publisher.from_environment()
    model = config.getoption("--aidataops-model")
    if publisher is None or not model:
        raise pytest.UsageError("--aidataops needs AIDATAOPS_PROJECT and --aidataops-model")
    is_worker = hasattr(config, "workerinput")
    session = Evaluations(publisher, model, config.getoption("--aidataops-task"), is_worker)
    config.pluginmanager.register(session, "aidataops-evaluations")
