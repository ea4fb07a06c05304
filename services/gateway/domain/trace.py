"""Names that connect a request with what it causes: request ids, and W3C trace contexts. Pure."""

from __future__ import annotations

import re

_REQUEST_ID = re.compile(r"[A-Za-z0-9._~:/+=@-]{1,128}")
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


def request_id(given: str | None) -> str | None:
    """Return a caller's request id when it is short and printable, else None."""
    return given if given and _REQUEST_ID.fullmatch(given) else None


def trace_of(given: str | None) -> tuple[str, str] | None:
    """Return trace id and flags of a caller's `traceparent`, or None when it is none (W3C Trace Context, 3.2)."""
    found = _TRACEPARENT.fullmatch(given or "")
    if found is None:
        return None
    version, trace, parent, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not int(trace, 16) or not int(parent, 16):
        return None
    return trace, flags


def traceparent(trace: str, span: str, flags: str) -> str:
    """Return the `traceparent` of what a span (16 hex digits) of this trace (32) causes; flags as they came in."""
    return f"00-{trace}-{span}-{flags}"
