"""Free TCP ports on loopback that stay free."""

import fcntl
import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import IO

from aidataops.local.process import LocalServerError

FIRST, LAST = 20_000, 32_000
ATTEMPTS = 200

_promised: list[IO[bytes]] = []


def free_port() -> int:
    """A port nobody listens on, below the range of outgoing connections (32768 on Linux).

    A port of the kernel's choosing (bind to 0) may be taken as the source port of somebody's
    outgoing connection while its server is down, and then a restart on the same port fails. For the
    same reason nobody else who asks here is given it, in any process, as long as this one lives.
    """
    for _ in range(ATTEMPTS):
        port = FIRST + secrets.randbelow(LAST - FIRST)
        if is_free(port) and _promise(port):
            return port
    raise LocalServerError(
        f"No free TCP port on 127.0.0.1 between {FIRST} and {LAST}: stop what holds them."
    )


def _promise(port: int) -> bool:
    """Lock the port's file until this process ends; whether it was not promised to another."""
    directory = Path(tempfile.gettempdir()) / f"aidataops-ports-{os.getuid()}"
    directory.mkdir(exist_ok=True)
    file = (directory / str(port)).open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _promised.append(file)
    return True


def require_free(port: int, server: str) -> None:
    """Raise LocalServerError when somebody listens: its answers would pass for our server's."""
    if not is_free(port):
        raise LocalServerError(
            f"{server} cannot listen on 127.0.0.1:{port}, the port is taken: "
            "stop what listens there, or choose another port."
        )


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
