"""Where a request ends must be told in one way: what two servers in a row read differently is refused.

RFC 9112, 6.1: a length and a transfer coding together may be an attempt to smuggle a second request past a proxy.
"""

from __future__ import annotations

from fastapi import Request, Response
from starlette.types import Scope

from services.gateway.handlers.problems import Problem, answered

DETAIL = "A request has either a Content-Length or a Transfer-Encoding; this one has both. Send it with one of them."


def ambiguous(scope: Scope) -> Response:
    """Return the answer to a request that tells its length in two ways; nothing follows it on its connection."""
    problem = Problem(400, "ambiguous-length", DETAIL, field="Content-Length", headers={"Connection": "close"})
    return answered(Request(scope), problem)
