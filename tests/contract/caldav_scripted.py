"""A calendar server that answers as it is told, for what real ones do only on bad days."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Says:
    """One answer; `after` is how long it takes, in seconds."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0


@contextmanager
def answering(*says: Says) -> Iterator[tuple[str, list[str]]]:
    """Run a server that gives these answers in turn, the last one for ever; yields its address and what is asked."""
    asked: list[str] = []

    class Scripted(BaseHTTPRequestHandler):
        def answer(self) -> None:
            say = says[min(len(asked), len(says) - 1)]
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            time.sleep(say.after)
            body = say.body.encode()
            self.send_response(say.status)
            for name, value in {"Content-Type": "application/xml", **say.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_GET = do_PROPFIND = do_REPORT = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Scripted) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://bot:s3cret@127.0.0.1:{server.server_port}/pm/", asked
        server.shutdown()
        thread.join()
