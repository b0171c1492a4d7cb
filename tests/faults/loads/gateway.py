"""Gateway: labels over HTTP, batch by batch; what it answers with 2xx is accepted."""

from __future__ import annotations

from random import Random

from aidataops.events import Payload
from aidataops.events.annotation import LabelSubmitted
from tests.faults.invariants import Expectation
from tests.faults.loads.load import START, Clockwork, Load, in_waves, names

LABELS = 240
TASKS = 20
PER_REQUEST = 12
KEY = "aido_0123456789abcdefghijklmnopqrstuvwxyzABCDEF"

EFFECTS = "SELECT 'received/' || event_id, NULL::timestamptz FROM received_events"


def labels(chance: Random) -> Load:
    """Requests of twelve labels; tasks, the keys, come again and again."""
    clockwork = Clockwork()
    events = [
        clockwork.event(_label(number, chance.randrange(TASKS)), "", name=f"label-{number}")
        for number in range(LABELS)
    ]
    return Load(
        service="gateway",
        effects=EFFECTS,
        waves=in_waves(events, PER_REQUEST),
        expectation=Expectation(
            announcements=names(f"label/label-{number}" for number in range(LABELS))
        ),
        names_of=_names,
        environment={"AIDATAOPS_GATEWAY_BOOTSTRAP_KEY": KEY},
    )


def _names(payload: Payload) -> tuple[str, ...]:
    return (f"label/{payload.annotation_id}",) if isinstance(payload, LabelSubmitted) else ()


def _label(number: int, task: int) -> LabelSubmitted:
    return LabelSubmitted(
        vendor="acme",
        annotation_id=f"label-{number}",
        task_id=f"task-{task}",
        annotator="acme-1",
        value="correct",
        guideline_version="1.0.0",
        submitted_at=START,
    )
