"""Requests in traces. A request that changes a postmortem is in the postmortem's trace, any other in its caller's.

Incident tools know nothing of postmortems, so what comes through their door waits for its place until it is understood.
Told are method, route and status: addresses name people, and those of some pages are secrets.
"""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.domain.heads import Head
from shared.tracing import Asked, Kind, Step, Tracer

DOORS = ("/v1/incidents", "/v1/webhooks/")
UNTOLD = ("/health/", "/metrics", "/static/", "/v1/events")
"""What is asked for all the time, and what is answered for hours."""
READS = ("GET", "HEAD", "OPTIONS")
FAILED = 500
_POSTMORTEM = re.compile(r"/postmortems/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/|$)")


class Traced:
    """Tells a tracer of requests."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self.app = app
        self.tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, and tell what became of it."""
        if scope["type"] != "http" or scope["path"].startswith(UNTOLD):
            await self.app(scope, receive, send)
            return
        with self.tracer.request(_step(scope), waits=scope["path"].startswith(DOORS)) as asked:

            async def answered(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _tell(asked, scope, message["status"])
                await send(message)

            await self.app(scope, receive, answered)


def _step(scope: Scope) -> Step:
    method = scope["method"]
    found = None if method in READS else _POSTMORTEM.search(scope["path"])
    return Step(
        name=method,
        kind=Kind.SERVER,
        about=found.group(1) if found else None,
        cause=Head(scope["headers"]).text(b"traceparent"),
        facts={"http.request.method": method, "url.scheme": scope["scheme"]},
    )


def _tell(asked: Asked, scope: Scope, status: int) -> None:
    asked.add({"http.response.status_code": status})
    if route := getattr(scope.get("route"), "path_format", None):
        asked.name(f"{scope['method']} {route}")
        asked.add({"http.route": route})
    if status >= FAILED:
        asked.failed(str(status))
