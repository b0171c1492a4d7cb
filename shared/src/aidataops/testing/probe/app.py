"""The probe: labels in, one row and one event each out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aidataops.database import Connection
from aidataops.events.annotation import LabelAccepted
from aidataops.events.quality import ConsensusReached
from aidataops.messaging import Application, Handlers, Received, UnitOfWork
from aidataops.settings import Settings

_KEEP = """
INSERT INTO effects (label_id, item_id, annotator, value, applied_at)
SELECT *, $5::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
"""

handlers = Handlers()


@handlers.on(LabelAccepted)
async def on_label_accepted(labels: Sequence[Received[LabelAccepted]], work: UnitOfWork) -> None:
    await keep(work.connection, [label.payload for label in labels], work.now)
    for label in labels:
        work.emit(answer(label.payload), cause=label)


async def keep(connection: Connection, labels: Sequence[LabelAccepted], now: datetime) -> None:
    """One row per label."""
    await connection.execute(
        _KEEP,
        [label.label_id for label in labels],
        [label.item_id for label in labels],
        [label.annotator for label in labels],
        [label.value for label in labels],
        now,
    )


def answer(label: LabelAccepted) -> ConsensusReached:
    """What the probe emits for a label."""
    return ConsensusReached(
        project=label.project,
        batch_id=label.batch_id,
        item_id=label.item_id,
        value=label.value,
        confidence=1.0,
        label_ids=(label.label_id,),
    )


def create_app(settings: Settings | None = None) -> Application:
    """The probe as a service."""
    return Application(
        name="probe",
        package=__package__ or "aidataops.testing.probe",
        handlers=handlers,
        emits=(ConsensusReached,),
        settings=settings,
    )


def main() -> None:
    """Run it as a process."""
    create_app().run()


if __name__ == "__main__":
    main()
