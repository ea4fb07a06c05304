"""HEAD for whatever can be read, OPTIONS for whatever is there, and what `Allow` says."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HEAD = "head"


def is_head(request: Request) -> bool:
    """Say whether only the headers are wanted: an answer without an end must not begin then."""
    return bool(getattr(request.state, HEAD, False))


def allowed(routes: Sequence[BaseRoute], path: str) -> str:
    """Return the `Allow` header of a path; empty when there is nothing."""
    found = [verb for verb in VERBS if any(_takes(route, verb, path) for route in routes)]
    if "GET" in found:
        found.insert(1, "HEAD")
    return ", ".join([*found, "OPTIONS"]) if found else ""


def _takes(route: BaseRoute, verb: str, path: str) -> bool:
    match, _ = route.matches({"type": "http", "method": verb, "path": path, "root_path": "", "headers": []})
    return match is Match.FULL


class Methods:
    """Answers HEAD as GET without its body, and OPTIONS with `Allow`. There is no CORS: browsers of others may not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on every other method."""
        method = scope.get("method")
        if method == "OPTIONS" and (allow := allowed(scope["app"].routes, scope["path"])):
            await Response(status_code=204, headers={"Allow": allow})(scope, receive, send)
        elif method == "HEAD":
            scope.setdefault("state", {})[HEAD] = True
            await self.app({**scope, "method": "GET"}, receive, _without_body(send))
        else:
            await self.app(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def headers_only(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return headers_only
