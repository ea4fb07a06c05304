"""The largest body that is read: 1 MiB, counted while it streams in."""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1024 * 1024
_TOO_LARGE = json.dumps({
    "type": "/problems/body-too-large", "title": "Content Too Large", "status": 413, "rule": "body-too-large",
    "detail": f"The body is larger than {MAX_BODY} bytes; send less.", "field": "body"}).encode()


class _TooLargeError(Exception):
    """More came in than is read."""


class BodyLimit:
    """Answers 413 as soon as more than `MAX_BODY` bytes are announced or have come in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in; hand on what is small enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MAX_BODY:
                raise _TooLargeError
            return message

        if _announced(scope) > MAX_BODY:
            await _refuse(send)
            return
        try:
            await self.app(scope, counted, send)
        except _TooLargeError:
            await _refuse(send)


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LARGE})
