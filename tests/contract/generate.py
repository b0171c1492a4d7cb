"""Write the golden schemas: ``python -m tests.contract.generate``.

Types that are new get a file, compatible changes are taken over, incompatible ones are refused. To
break a contract on purpose (before its first release, never after), delete its file first: the
review then shows what was given up.
"""

from __future__ import annotations

import sys

from aidataops.events import PAYLOADS

from .golden import DIRECTORY, committed_types, write


def main() -> int:
    """Write what may be written; 1 when something may not."""
    DIRECTORY.mkdir(exist_ok=True)
    refusals = {ce_type: write(payload) for ce_type, payload in PAYLOADS.items()}
    for ce_type, refused in refusals.items():
        for one in refused:
            print(f"{ce_type}: {one}", file=sys.stderr)
    gone = sorted(committed_types() - PAYLOADS.keys())
    for ce_type in gone:
        print(f"{ce_type}: has no class any more, but records of it are kept", file=sys.stderr)
    if gone or any(refusals.values()):
        print("Add a new major version beside the old one instead.", file=sys.stderr)
        return 1
    print(f"{len(PAYLOADS)} schemas are up to date in {DIRECTORY}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
