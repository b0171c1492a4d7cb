"""Ports are promised to one process at a time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aidataops.local import ports
from aidataops.local.process import LocalServerError

ASK = """
import sys
from aidataops.local import ports
ports.FIRST, ports.LAST = int(sys.argv[1]), int(sys.argv[1]) + 1
try:
    print(ports.free_port())
except Exception as error:
    print(error)
"""


def test_a_port_is_promised_once_though_nobody_listens_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    port = ports.free_port()
    assert ports.is_free(port)
    monkeypatch.setattr(ports, "FIRST", port)
    monkeypatch.setattr(ports, "LAST", port + 1)
    with pytest.raises(LocalServerError, match="No free TCP port"):
        ports.free_port()
    told = subprocess.run(
        [sys.executable, "-c", ASK, str(port)], capture_output=True, text=True, check=True
    )
    assert "No free TCP port" in told.stdout


def test_a_promise_ends_with_its_process() -> None:
    with_it = subprocess.run(
        [sys.executable, "-c", "from aidataops.local import ports; print(ports.free_port())"],
        capture_output=True,
        text=True,
        check=True,
    )
    port = with_it.stdout.strip()
    again = subprocess.run(
        [sys.executable, "-c", ASK, port], capture_output=True, text=True, check=True
    )
    assert again.stdout.strip() == port
