"""What holds for every request: it has an id and a trace, and its answer the headers that keep browsers careful."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import structlog
from starlette.types import Scope

from services.gateway.domain import trace
from services.gateway.domain.heads import Head
from services.gateway.ports import TRACEPARENT
from shared.clock import new_id

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""On every answer that says nothing else; what people read here is theirs, no cache keeps it."""

Line = tuple[bytes, bytes]


def standing_headers(scope: Scope) -> dict[str, str]:
    """Return the headers that every answer to this request has."""
    state = scope["state"]
    return {**ALWAYS, "X-Request-Id": state["request_id"], **state.get("rate_headers", {})}


def _lines(headers: dict[str, str]) -> tuple[Line, ...]:
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


_ALWAYS = _lines(ALWAYS)
_VARIES = b"Accept-Encoding"


def completed(headers: Sequence[Line], scope: Scope) -> list[Line]:
    """Return an answer's headers and those standing ones that it lacks; its names are in lower case already."""
    there = dict(headers)
    state = scope["state"]
    own = _lines({"x-request-id": state["request_id"], **state.get("rate_headers", {})})
    varies = there.get(b"vary", b"")
    if _VARIES.lower() not in varies.lower():
        headers = [line for line in headers if line[0] != b"vary"]
        own = (*own, (b"vary", b", ".join(filter(None, (varies, _VARIES)))))
    return [*headers, *(line for line in (*_ALWAYS, *own) if line[0] not in there or line[0] == b"vary")]


def name(scope: Scope, head: Head) -> None:
    """Bind the names. Nothing unbinds them: each request runs in a task of its own, and an error is logged after it."""
    id = trace.request_id(head.text(b"x-request-id")) or new_id()
    fresh = secrets.token_hex(24)
    trace_id, flags = trace.trace_of(head.text(b"traceparent")) or (fresh[16:], "00")
    scope.setdefault("state", {})["request_id"] = id
    TRACEPARENT.set(trace.traceparent(trace_id, fresh[:16], flags))
    structlog.contextvars.bind_contextvars(request_id=id, trace_id=trace_id)
