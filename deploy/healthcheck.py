"""Liveness of the service in this container: exit code 0 when ``/livez`` answers 200.

Liveness only. Readiness also asks for Kafka and Postgres; restarting a service because they are
away would only add load when they come back.
"""

import os
import sys
import urllib.request

SECONDS = 3.0


def main() -> str | None:
    """Ask once; returns what went wrong, for ``docker inspect``."""
    url = f"http://127.0.0.1:{os.environ.get('AIDATAOPS_HTTP_PORT', '8080')}/livez"
    try:
        with urllib.request.urlopen(url, timeout=SECONDS):
            return None
    except OSError as error:  # urllib's errors are OSErrors
        return f"{url}: {error}"


if __name__ == "__main__":
    sys.exit(main())
