"""What READMEs tell a newcomer to write and to call."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from aidataops.cli import app
from aidataops.events import PAYLOADS
from aidataops.messaging.command import app as dlq

ROOT = Path(__file__).parents[2]
READMES = [
    path.relative_to(ROOT)
    for pattern in ("README.md", "shared/README.md", "deploy/README.md", "services/*/README.md")
    for path in sorted(ROOT.glob(pattern))
]
CALL = re.compile(r"\baidataops ([a-z][a-z-]*)(?: ([a-z][a-z-]*(?: ?\\?\| ?[a-z-]+)*))?")
"""``aidataops command sub | sub``, as prose, tables and shells have it."""


def commands() -> dict[str, set[str]]:
    """Every command with its subcommands, those of services too."""
    root = get_command(app)
    found = {name: getattr(one, "commands", {}) for name, one in root.commands.items()}  # type: ignore[attr-defined]
    groups = {one.name: one.load() for one in entry_points(group="aidataops.commands")}
    for name, group in (groups | {"dlq": dlq}).items():
        found[name] = getattr(get_command(group), "commands", {})
    return {name: set(subcommands) for name, subcommands in found.items()}


@pytest.mark.parametrize("readme", READMES, ids=str)
def test_every_command_that_a_readme_names_is_there(readme: Path) -> None:
    known = commands()
    shown = re.sub(r"\s+", " ", (ROOT / readme).read_text("utf-8"))
    for code in re.findall(r"`([^`]+)`", shown.replace("```", "`")):
        for command, more in CALL.findall(code):
            assert command in known, f"aidataops {command}"
            if known[command] and more:
                named = {name.strip(" \\") for name in more.split("|")}
                assert named <= known[command], f"aidataops {command} {more}"


def test_program_of_the_readme_is_in_order(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.+?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    documents = list(yaml.safe_load_all(text))
    assert all(f"aidataops.{one['type']}.v1" in PAYLOADS for one in documents)
    program = tmp_path / "program.yaml"
    program.write_text(text)
    told = CliRunner().invoke(app, ["events", "send", str(program), "--dry-run"])
    assert told.exit_code == 0, told.output
    assert f"{len(documents)} in order" in told.stdout
