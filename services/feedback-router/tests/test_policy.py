"""The routing policy is checked before anything is routed."""

from pathlib import Path

import pytest

from aidataops.errors import ConfigurationError
from feedback_router.app import create_app
from feedback_router.policy_file import load_policy
from feedback_router.settings import DEFAULT_POLICY, RouterSettings


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("significance: 0.05\n\n", "significance: 5\n\n", "significance: "),
        ("minimum: 10", "minimum: ten", "quota.minimum: "),
        ("minimum: 10", "minimum: 1000", "quota: .*minimum is above maximum"),
        ("kind: source_items", "kind: buy_items", "regressions.0.kind: "),
        ("verdict: recipe", "verdict: unattributable", "regressions.2.when.verdict: "),
        ("slice_by:", "slices_by:", "slice_by: Field required; .*slices_by: Extra inputs"),
        (", cohort_share_at_least: 0.2", "", "regressions.1: .*cohort_share_at_least"),
        ("high: 4, ", "", "severity.high"),
        ("  - when: {verdict: confounded}\n    kind: no_data_fix\n", "", "'confounded'"),
        ("  annotate: {days: 1,", "  revise_guideline: {days: 1,", "work.annotate: missing"),
        ('version: "1"', "version: 1", "version: "),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    text = DEFAULT_POLICY.read_text()
    assert old in text
    path = tmp_path / "policy.yaml"
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigurationError, match=named) as raised:
        load_policy(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("text", ["a: [", "just words", ""])
def test_what_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"policy\.yaml"):
        load_policy(path)


def test_the_setting_chooses_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIDATAOPS_FEEDBACK_ROUTER_POLICY", str(tmp_path / "absent.yaml"))
    assert RouterSettings().policy == tmp_path / "absent.yaml"
    with pytest.raises(ConfigurationError, match="AIDATAOPS_FEEDBACK_ROUTER_POLICY"):
        create_app()
