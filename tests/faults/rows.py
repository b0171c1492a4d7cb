"""The table of faults: what is done to which service under which load. Add rows here.

Every row runs once per seed; ``AIDATAOPS_FAULT_SEEDS`` says for how many seeds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from aidataops.messaging.crash_points import PLACES, Place
from tests.faults.door import DoorCrash, KilledAfterAnswer
from tests.faults.faults import (
    ComingAndGoing,
    CrashPoint,
    Crowd,
    Fault,
    KillBroker,
    KillPostgres,
    KillService,
    Nothing,
    SeededCrash,
    Silent,
    Staged,
    StopService,
    TerminateBackends,
    Unstable,
    Zombie,
    mutant,
    staged,
)
from tests.faults.loads import (
    annotation_intake,
    console,
    feedback_router,
    gateway,
    lineage,
    probe,
    qa,
    sourcing,
)
from tests.faults.loads.load import Load

Server = Literal["kafka", "postgres"]


@dataclass(frozen=True)
class Defect:
    """What is known to be wrong, and how every violation begins that it may cause."""

    reason: str
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    load: Callable[[Random], Load]
    fault: Fault
    own: Server | None = None
    """A server that the fault hurts, and that is not shared therefore; Kafka behind a proxy."""
    postgres_behind_proxy: bool = False
    partitions: int = 2
    known_defect: Defect | None = None
    """Why this row fails today: it is expected to, in this way and no other."""
    sometimes: bool = False
    """The known defect shows only when the moment is right; otherwise success is an error."""


PROBE = (
    *(Row(f"probe dies {place}", probe.labels, CrashPoint(place)) for place in PLACES),
    Row("probe dies in_transaction of poison", probe.poisoned, CrashPoint("in_transaction")),
    Row("probe dies after_commit of a repeated load", probe.repeated, CrashPoint("after_commit")),
    Row("probe is killed while starting again", probe.labels, KillService()),
    Row("probe is stopped and started", probe.labels, StopService()),
    Row("probe gets events repeatedly", probe.repeated, Nothing()),
    Row("probe gets old events after newer ones", probe.swapped, Nothing()),
    Row("probe gets poison", probe.poisoned, Nothing()),
    Row(
        "probe's member is frozen and comes back",
        probe.labels,
        Zombie(),
    ),
    Row(
        "probe dies after_commit, with a relay that waits long",
        probe.labels,
        CrashPoint("after_commit", environment={"AIDATAOPS_RELAY_GRACE_SECONDS": "20"}),
    ),
    Row(
        "probe's commit is in doubt",
        probe.labels,
        Staged(staged("commit_in_doubt")),
    ),
    Row(
        "probe's transport closes while its membership is kept",
        probe.labels,
        Staged(staged("closed_transport", "coordination"), latest=4),
    ),
    Row(
        "probe's transport closes while offsets are committed",
        probe.labels,
        Staged(staged("closed_transport", "commit"), latest=4),
    ),
    Row("probe loses its backends", probe.labels, TerminateBackends()),
    Row("kafka is killed under the probe", probe.labels, KillBroker(), own="kafka"),
    Row("postgres is killed under the probe", probe.labels, KillPostgres(), own="postgres"),
    Row(
        "probe's way to kafka breaks",
        probe.labels,
        Unstable(),
        own="kafka",
    ),
    Row(
        "probe's way to postgres breaks",
        probe.labels,
        Unstable(),
        postgres_behind_proxy=True,
    ),
    Row("probe's way to kafka falls silent", probe.labels, Silent(), own="kafka"),
    Row("probe's way to postgres falls silent", probe.labels, Silent(), postgres_behind_proxy=True),
    Row(
        "probe's clock jumps an hour ahead",
        probe.labels,
        Staged(staged("changed_clock", "1")),
    ),
    Row(
        "probe's clock jumps an hour back",
        probe.labels_by_another_clock,
        Staged(staged("changed_clock", "-1")),
    ),
    Row("probe's members come and go", probe.labels, ComingAndGoing()),
    Row("probe has two members", probe.labels, Crowd()),
)

CONSUMING: tuple[Place, ...] = ("after_inbox", "in_transaction", "after_commit")
SILENT: tuple[Place, ...] = (*CONSUMING, "after_offset_commit")
"""What a service passes that has little or nothing to say."""

SERVICES = (
    Row("sourcing dies", sourcing.items, SeededCrash(PLACES, latest=3), partitions=1),
    Row("annotation-intake dies", annotation_intake.labels, SeededCrash(PLACES), partitions=1),
    Row("qa dies", qa.batches, SeededCrash(PLACES), partitions=1),
    Row("feedback-router dies", feedback_router.failures, SeededCrash(PLACES, latest=3)),
    Row("lineage dies", lineage.versions, SeededCrash(SILENT, latest=3)),
    Row("console dies", console.remediations, SeededCrash(SILENT, latest=3)),
    Row(
        "gateway dies after_commit",
        gateway.labels,
        DoorCrash("after_commit"),
    ),
    Row(
        "gateway dies after_send",
        gateway.labels,
        DoorCrash("after_send"),
    ),
    Row(
        "gateway is killed after it answered",
        gateway.labels,
        KilledAfterAnswer(),
    ),
)

ROWS: tuple[Row, ...] = (*PROBE, *SERVICES)

MUTANTS = (
    (
        Row("no inbox", probe.labels, CrashPoint("after_commit", command=mutant("no_inbox"))),
        "doubled: took effect more than once",
    ),
    (
        Row(
            "early commit",
            probe.labels,
            CrashPoint("in_transaction", command=mutant("early_commit")),
        ),
        "lost: no effect, no dead letter, and the offset is committed",
    ),
    (
        Row("dual write", probe.labels, CrashPoint("in_transaction", command=mutant("dual_write"))),
        "uncommitted: derived events whose cause has had no effect",
    ),
    (
        Row("id after last", probe.labels, Crowd(command=mutant("after_last"))),
        "undrained: ",
    ),
)
"""Wrong runtimes, and the violation by which the checker must know each."""


def seeds() -> range:
    """As many as ``AIDATAOPS_FAULT_SEEDS`` says; 1 where it says nothing."""
    return range(int(os.environ.get("AIDATAOPS_FAULT_SEEDS", "1")))
