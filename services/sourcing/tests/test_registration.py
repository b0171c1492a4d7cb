"""Sources, decisions and policies through the running service."""

from typing import Any

import pytest

from aidataops.events.sourcing import (
    ItemAccepted,
    ItemQuarantined,
    SourceHeld,
    SourceRegistered,
    SourceSuspended,
)

from .conftest import Sourcing, decided, item, policy, project, release, source

SHARED = source("shared", licence="CC-BY-SA-4.0")


async def test_source_waits_for_approval_and_its_items_with_it(sourcing: Sourcing) -> None:
    held, quarantined = await sourcing.deliver(
        sourcing.at(0, SHARED), sourcing.at(1, item("a", source_id="shared"))
    )
    assert isinstance(held, SourceHeld)
    assert (held.gate, held.approvable) == ("licence", True)
    assert isinstance(quarantined, ItemQuarantined)
    emitted = await sourcing.deliver(
        sourcing.at(2, project()), sourcing.at(3, decided("approved", "shared"))
    )
    assert isinstance(emitted[0], SourceRegistered)
    (accepted,) = [one for one in emitted if isinstance(one, ItemAccepted)]
    assert accepted.licence == "CC-BY-SA-4.0"


async def test_decision_does_not_mend_what_is_forbidden(sourcing: Sourcing) -> None:
    emitted = await sourcing.deliver(
        sourcing.at(0, source(licence="CC-BY-NC-4.0")),
        sourcing.at(1, project()),
        sourcing.at(2, decided("approved")),
        sourcing.at(3, item("a")),
    )
    assert await sourcing.statuses() == {"a": "licence"}
    assert not any(isinstance(one, SourceRegistered) for one in emitted)


@pytest.mark.parametrize("other", [{"made_by": "vendor"}, {"project": "other"}])
async def test_decision_of_anybody_else_does_not_count(
    sourcing: Sourcing, other: dict[str, Any]
) -> None:
    emitted = await sourcing.deliver(
        sourcing.at(0, SHARED),
        sourcing.at(1, project()),
        sourcing.at(1, project(name="other")),
        sourcing.at(2, decided("approved", "shared", **other)),
    )
    assert [type(one) for one in emitted] == [SourceHeld]


async def test_decision_in_another_role_is_a_dead_letter(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, decided("approved", role="consulted")))
    (letter,) = await sourcing.harness.dead_letters()
    assert "role" in letter["reason"]


async def test_suspended_source_takes_its_items_out_and_lets_others_in(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(0, source("desk")),
        sourcing.at(1, project()),
        sourcing.at(2, item("a", "same words")),
        sourcing.at(3, item("b", "same words", source_id="desk")),
        sourcing.at(4, item("c")),
    )
    emitted = await sourcing.deliver(sourcing.at(5, decided("suspended", reason="a complaint")))
    (suspended,) = [one for one in emitted if isinstance(one, SourceSuspended)]
    assert "a complaint" in suspended.reason
    assert await sourcing.statuses() == {
        "a": "source_suspended",
        "b": "accepted",
        "c": "source_suspended",
    }
    emitted = await sourcing.deliver(sourcing.at(6, decided("approved", minutes=6)))
    assert isinstance(emitted[0], SourceRegistered)
    assert await sourcing.statuses() == {
        "a": "accepted",
        "b": "exact_duplicate",
        "c": "accepted",
    }


async def test_another_policy_judges_every_source_again(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()), sourcing.at(0, SHARED), sourcing.at(1, item("a"))
    )
    emitted = await sourcing.deliver(sourcing.at(2, policy("allowed: [CC-BY-SA-4.0]")))
    assert {type(one): one.source_id for one in emitted if hasattr(one, "source_id")} == {
        SourceHeld: "docs",
        SourceRegistered: "shared",
        ItemQuarantined: "docs",
    }


async def test_bad_policy_is_a_dead_letter_and_the_old_one_stays(sourcing: Sourcing) -> None:
    await sourcing.deliver(sourcing.at(0, policy("allow: everything")))
    (letter,) = await sourcing.harness.dead_letters()
    assert "document.allow" in letter["reason"]
    emitted = await sourcing.deliver(sourcing.at(1, source()))
    assert [type(one) for one in emitted] == [SourceRegistered]


async def test_policy_about_something_else_is_not_ours(sourcing: Sourcing) -> None:
    other = policy("nonsense").model_copy(update={"subject": "feedback.routing"})
    assert await sourcing.deliver(sourcing.at(0, other)) == []
    assert await sourcing.harness.dead_letters() == []


async def test_released_item_comes_in_with_its_decision(sourcing: Sourcing) -> None:
    await sourcing.deliver(
        sourcing.at(0, source()),
        sourcing.at(1, project()),
        sourcing.at(2, item("a", "write to jane.doe@corp.org")),
    )
    assert await sourcing.statuses() == {"a": "personal_data"}
    emitted = await sourcing.deliver(sourcing.at(3, release("a", "personal_data")))
    assert isinstance(emitted[0], ItemAccepted)


@pytest.mark.parametrize(("gate", "named"), [("licence", "gate"), ("size", "gate")])
async def test_gate_that_is_not_opened_for_one_item_is_refused(
    sourcing: Sourcing, gate: str, named: str
) -> None:
    await sourcing.deliver(sourcing.at(0, release("a", gate)))
    (letter,) = await sourcing.harness.dead_letters()
    assert letter["reason"].startswith(named)
