"""Liveness of the service in this container: exit code 0 when ``/livez`` answers 200.

Liveness only. Readiness also asks for Kafka and Postgres; restarting a service because they are
away would only add load when they come back.
"""

import os
import sys
import urllib.error
import urllib.request

SECONDS = 3.0


def main() -> int:
    """Ask once; what went wrong goes to ``docker inspect``."""
    url = f"http://127.0.0.1:{os.environ.get('AIDATAOPS_HTTP_PORT', '8080')}/livez"
    try:
        with urllib.request.urlopen(url, timeout=SECONDS):  # noqa: S310 - the scheme is ours
            return 0
    except (urllib.error.URLError, OSError) as error:
        print(f"{url}: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
