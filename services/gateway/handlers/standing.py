"""What holds for every request: it has an id and a trace, and its answer the headers that keep browsers careful."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.domain import trace
from services.gateway.ports import TRACEPARENT
from shared.clock import new_id

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""On every answer that says nothing else; what people read here is theirs, no cache keeps it."""


def standing_headers(scope: Scope) -> dict[str, str]:
    """Return the headers that every answer to this request has."""
    state = scope["state"]
    return {**ALWAYS, "X-Request-Id": state["request_id"], **state.get("rate_headers", {})}


class Standing:
    """Names each request (`X-Request-Id`) and its trace (`traceparent`), for answers, logs and messages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request, add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        _name(scope)

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(message, standing_headers(scope))
            await send(message)

        await self.app(scope, receive, answered)


def _add(message: Message, headers: Mapping[str, str]) -> None:
    """Add those headers that the answer does not have; the names of those that it has are in lower case already."""
    there = {name for name, _ in message["headers"]}
    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    message["headers"] = [*message["headers"], *(line for line in lines if line[0] not in there)]


def _name(scope: Scope) -> None:
    """Bind the names. Nothing unbinds them: each request runs in a task of its own, and an error is logged after it."""
    headers = Headers(scope=scope)
    id = trace.request_id(headers.get("x-request-id")) or new_id()
    fresh = secrets.token_hex(24)
    trace_id, flags = trace.trace_of(headers.get("traceparent")) or (fresh[16:], "00")
    scope.setdefault("state", {})["request_id"] = id
    TRACEPARENT.set(trace.traceparent(trace_id, fresh[:16], flags))
    structlog.contextvars.bind_contextvars(request_id=id, trace_id=trace_id)
