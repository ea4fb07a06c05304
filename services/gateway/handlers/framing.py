"""Where a request ends must be told in one way: what two servers in a row read differently is refused.

RFC 9112, 6.1: a length and a transfer coding together may be an attempt to smuggle a second request past a proxy.
"""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.handlers.problems import Problem, answered

DETAIL = "A request has either a Content-Length or a Transfer-Encoding; this one has both. Send it with one of them."


class Framing:
    """Refuses requests that tell their length in two ways, and lets nothing follow them on their connection."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on what is told in one way."""
        names = {name for name, _ in scope.get("headers", ())}
        if {b"content-length", b"transfer-encoding"} <= names:
            problem = Problem(400, "ambiguous-length", DETAIL, field="Content-Length", headers={"Connection": "close"})
            await answered(Request(scope), problem)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
