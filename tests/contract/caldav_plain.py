"""A calendar server of the time before reports of changes: stands before a real one and keeps them to itself."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REPORT = b"sync-collection"
ON_THE_WAY = ("connection", "transfer-encoding", "content-length", "server", "date")
UNSUPPORTED = b'<error xmlns="DAV:"><supported-report/></error>'


@contextmanager
def without_reports(host: str) -> Iterator[str]:
    """Run the server before the one at `host` for as long as the context is open; yields its address."""

    class Before(BaseHTTPRequestHandler):
        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if REPORT in body and self.command == "REPORT":
                self.reply(403, {"Content-Type": "text/xml"}, UNSUPPORTED)
                return
            behind = http.client.HTTPConnection(host, timeout=30)
            del self.headers["Accept-Encoding"]  # what is packed cannot be changed on the way
            behind.request(self.command, self.path, body, dict(self.headers))
            answer = behind.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in ON_THE_WAY}
            self.reply(answer.status, headers, answer.read().replace(REPORT, b"something-else"))
            behind.close()

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_GET = do_PROPFIND = do_REPORT = do_DELETE = do_MKCOL = forward  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Before) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
