"""A service that is nothing but its HTTP endpoints: what the supervisor's tests supervise."""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    """`/readyz` is 200; `/environment/NAME` shows a variable."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ.get(self.path.rsplit("/", 1)[1], "").encode())

    def log_message(self, *_: object) -> None:
        """Be quiet."""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(sys.argv[1])
    address = (os.environ["AIDATAOPS_HTTP_HOST"], int(os.environ["AIDATAOPS_HTTP_PORT"]))
    HTTPServer(address, Handler).serve_forever()
