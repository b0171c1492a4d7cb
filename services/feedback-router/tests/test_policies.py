"""A policy is changed by its Accountable alone, and tried before."""

import json
from datetime import timedelta
from typing import Any

import yaml
from httpx import ASGITransport, AsyncClient
from typer.testing import CliRunner

from aidataops.events.feedback import PolicyAdopted, PolicyRefused, RemediationRequested
from aidataops.events.governance import PolicyChanged, ResponsibilityAssigned
from feedback_router.commands.policy import app
from feedback_router.domain.policy import Policy
from feedback_router.settings import DEFAULT_POLICY

from .conftest import START, Router, finding, of

SCHEMA = DEFAULT_POLICY.with_name("policy.schema.json")


def document(version: str = "2", **more: Any) -> str:
    return yaml.safe_dump(yaml.safe_load(DEFAULT_POLICY.read_text()) | {"version": version} | more)


def changed(text: str, by: str = "lead", version: str = "2", subject: str = "routing") -> Any:
    return PolicyChanged(subject=subject, version=version, changed_by=by, document=text)


def assigned(person: str, **more: Any) -> ResponsibilityAssigned:
    return ResponsibilityAssigned(
        subject="*", decision_kind="change_policy", person=person, role="accountable",
        internal=True, **more,
    )  # fmt: skip


RULE = {"when": {"verdict": "data"}, "kind": "annotate", "owner": "team-a", "due_in_days": 3}
OTHERS = [
    {"when": {"verdict": "recipe"}, "kind": "no_data_fix"},
    {"when": {"verdict": "confounded"}, "kind": "no_data_fix"},
]


async def test_the_accountable_changes_how_findings_are_routed(router: Router) -> None:
    emitted = await router.deliver(
        assigned("lead"), changed(document(regressions=[RULE, *OTHERS])), *finding()
    )
    (adopted,) = of(PolicyAdopted, emitted)
    assert (adopted.version, adopted.changed_by) == ("2", "lead")
    (asked,) = of(RemediationRequested, emitted)
    assert (asked.kind, asked.owner, asked.policy_version) == ("annotate", "team-a", "2")
    assert asked.due_at == START + timedelta(hours=1, days=3)


async def test_anybody_else_is_refused_and_it_is_said(router: Router) -> None:
    emitted = await router.deliver(assigned("boss"), changed(document()), *finding())
    (refused,) = of(PolicyRefused, emitted)
    assert "lead is not Accountable" in refused.reason
    assert of(PolicyAdopted, emitted) == []
    assert {one.policy_version for one in of(RemediationRequested, emitted)} == {"1"}


async def test_a_document_with_a_mistake_is_refused_by_field(router: Router) -> None:
    emitted = await router.deliver(
        changed(document(significance=5)),
        changed(document("4"), version="3"),
        changed("x: [", version="5"),
        changed("anything", subject="retention"),
    )
    reasons = {one.version: one.reason for one in of(PolicyRefused, emitted)}
    assert "significance" in reasons["2"]
    assert "'4'" in reasons["3"]
    assert "YAML" in reasons["5"]
    assert len(reasons) == 3


async def test_a_project_s_own_policy_goes_before_that_of_all(router: Router) -> None:
    emitted = await router.deliver(
        changed(document("9"), version="9"),
        changed(document("2"), subject="routing/support"),
        *finding(),
    )
    assert {one.policy_version for one in of(RemediationRequested, emitted)} == {"2"}


async def test_a_dry_run_says_what_would_be_opened_and_opens_nothing(router: Router) -> None:
    await router.deliver(*finding())
    before = await router.tables()
    transport = ASGITransport(router.harness.application.asgi)
    async with AsyncClient(transport=transport, base_url="http://router") as client:
        asked = {"project": "support", "run": "v2"}
        answer = await client.post(
            "/policy/trial", params=asked, content=document(regressions=[RULE, *OTHERS])
        )
        assert [(one["kind"], one["owner"]) for one in answer.json()] == [("annotate", "team-a")]
        nothing = await client.post(
            "/policy/trial", params=asked | {"run": "v1"}, content=document()
        )
        assert nothing.json() == []
        unknown = await client.post(
            "/policy/trial", params=asked | {"run": "v9"}, content=document()
        )
        assert (unknown.status_code, "'v9'" in unknown.text) == (404, True)
        refused = await client.post("/policy/trial", params=asked, content=document(significance=5))
        assert refused.status_code == 422
        assert "significance" in refused.json()["detail"]
    assert await router.tables() == before


def test_the_shipped_schema_is_that_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text()) == Policy.model_json_schema()
    assert json.loads(CliRunner().invoke(app, ["schema"]).output) == Policy.model_json_schema()


def test_check_names_the_field(tmp_path: Any) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(document(significance=5))
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == 1
    assert "significance" in result.output
