"""Counts what a calendar server is asked: stands before it and passes everything on."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ON_THE_WAY = ("connection", "transfer-encoding", "content-length", "server", "date")


@contextmanager
def counting(host: str) -> Iterator[tuple[str, list[str]]]:
    """Run a server before the one at `host`; yields its address, and the methods that it was asked with."""
    asked: list[str] = []

    class Before(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            asked.append(self.command)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            behind = http.client.HTTPConnection(host, timeout=300)
            behind.request(self.command, self.path, body, dict(self.headers))
            answer = behind.getresponse()
            told = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ON_THE_WAY:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)
            behind.close()

        do_PUT = do_GET = do_PROPFIND = do_REPORT = do_MKCOL = forward  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Before) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()
