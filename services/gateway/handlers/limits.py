"""The largest body that is read: 1 MiB, counted while it streams in."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1024 * 1024


class TooLarge(HTTPException):
    """More came in than is read. An HTTPException, since the framework calls any other error a bad request."""

    def __init__(self) -> None:
        super().__init__(413, f"The body is larger than {MAX_BODY} bytes; send less.", {"Connection": "close"})


class BodyLimit:
    """Stops reading as soon as more than `MAX_BODY` bytes are announced or have come in. Raises: TooLarge."""

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
            if max(seen, _announced(scope)) > MAX_BODY:
                raise TooLarge
            return message

        await self.app(scope, counted, send)


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0
