"""Run a command that dies with its parent: `python tether.py SIGNAL PARENT UID GID COMMAND…`.

A script of its own and not a `preexec_fn`, because Python code between fork and exec can
deadlock in a process that has threads. It replaces itself by the command, so nothing of it stays
in memory. Only the standard library, no imports of this package: it must start in milliseconds.

SIGNAL is sent by the kernel when the parent ends in whatever way (Linux only; elsewhere the
command merely runs). UID and GID are -1 to stay the same user. The order matters: changing the
user clears the signal, and the parent may have died before the signal was set.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
EXIT_PARENT_GONE = 125


def main(arguments: list[str]) -> None:
    """Give up privileges, arm the signal, become the command."""
    death_signal, parent, uid, gid = (int(argument) for argument in arguments[:4])
    command = arguments[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(EXIT_PARENT_GONE)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
