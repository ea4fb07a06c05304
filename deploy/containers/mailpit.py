#!/usr/bin/python3
"""A stand-in for the mail catcher of docker-compose.yml: keeps mails in memory and gives them out as Mailpit does.

Without arguments it serves: SMTP on 1025; on 8025 `/readyz`, `/api/v1/messages` and `/api/v1/message/ID/raw`. With
`readyz` it says by its exit status whether the one in this container answers.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session

SMTP_PORT, HTTP_PORT = 1025, 8025
ANYWHERE = "0.0.0.0"
READY = f"http://127.0.0.1:{HTTP_PORT}/readyz"
PAGE = 50

kept: list[bytes] = []


class Keeper:
    """What aiosmtpd calls for each mail."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """Keep the mail, then say that it was taken."""
        kept.append(envelope.original_content or b"")
        return "250 2.0.0 kept"


class Pages(BaseHTTPRequestHandler):
    """The three answers."""

    def do_GET(self) -> None:
        """Answer one request."""
        parts = urlsplit(self.path)
        match parts.path.strip("/").split("/"):
            case ["readyz"]:
                self._answer(b"ok", "text/plain")
            case ["api", "v1", "messages"]:
                self._answer(json.dumps(_listed(parse_qs(parts.query))).encode(), "application/json")
            case ["api", "v1", "message", number, "raw"] if number.isdigit() and int(number) < len(kept):
                self._answer(kept[int(number)], "text/plain")
            case _:
                self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Say nothing: mails' ids are no news."""

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _listed(asked: dict[str, list[str]]) -> dict[str, object]:
    start, limit = int(asked.get("start", ["0"])[0]), int(asked.get("limit", [str(PAGE)])[0])
    newest_first = [{"ID": str(number)} for number in reversed(range(len(kept)))]
    return {"total": len(kept), "messages": newest_first[start : start + limit]}


def serve() -> None:
    """Take mail and answer until the container is stopped."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    controller = UnthreadedController(Keeper(), hostname=ANYWHERE, port=SMTP_PORT, enable_SMTPUTF8=True, loop=loop)
    controller.begin()  # type: ignore[no-untyped-call]
    threading.Thread(target=ThreadingHTTPServer((ANYWHERE, HTTP_PORT), Pages).serve_forever, daemon=True).start()
    loop.run_forever()


def ready() -> bool:
    """Say whether the server of this container answers."""
    try:
        urllib.request.urlopen(READY, timeout=2).close()
    except urllib.error.URLError:
        return False
    return True


if __name__ == "__main__":
    if sys.argv[1:] == ["readyz"]:
        sys.exit(0 if ready() else 1)
    serve()
