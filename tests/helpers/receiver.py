"""A subscriber of our own: a real HTTP server on this machine that keeps what it is sent and answers as it is told."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Hit:
    """One request that came in, and the status that it was answered with."""

    path: str
    headers: Mapping[str, str]
    body: str
    status: int

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id", "")


@dataclass
class Script:
    """What is answered: statuses, the last one again and again; headers and body of every answer.

    While `open` is not set, requests are taken and not answered.
    """

    statuses: list[int] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    open: threading.Event = field(default_factory=threading.Event)


class Receiver:
    """The server, for as long as the context is open; `held` counts what waits for its answer."""

    def __init__(self, *statuses: int, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.script = Script(list(statuses) or [200])
        self.script.open.set()
        self.hits: list[Hit] = []
        self.names: list[str | None] = []
        self.held = 0
        self.sent = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((host, 0), _handler(self))
        self._server.daemon_threads = True
        self._scheme = "https" if tls else "http"
        if tls:
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://{self._server.server_address[0]!s}:{self.port}/hook"

    def accepted(self) -> list[Hit]:
        """Return what was answered with a yes."""
        return [hit for hit in self.hits if hit.status < 300]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.script.open.set()
        self._server.shutdown()
        self._server.server_close()

    def take(self, request: BaseHTTPRequestHandler) -> None:
        """Keep a request and answer it."""
        body = request.rfile.read(int(request.headers.get("Content-Length", "0"))).decode()
        with self._lock:
            self.held += 1
        self.script.open.wait()
        with self._lock:
            self.held -= 1
            status = self.script.statuses.pop(0) if len(self.script.statuses) > 1 else self.script.statuses[0]
            headers = {key.lower(): value for key, value in request.headers.items()}
            self.hits.append(Hit(request.path, headers, body, status))
        self._answer(request, status)

    def _answer(self, request: BaseHTTPRequestHandler, status: int) -> None:
        request.send_response(status)
        for name, value in self.script.headers.items():
            request.send_header(name, value)
        request.end_headers()
        while self.script.endless:
            self.sent += request.wfile.write(b"x" * 16_384)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                receiver.take(self)
            except (ConnectionError, ssl.SSLError):  # whoever called has gone, or was killed
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
