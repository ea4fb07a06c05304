"""Requests in metrics: how many, how they ended, and how long it took until their answer began, by route.

A route is one of those that there are, whatever is asked for: paths have ids in them, and there are more and more.
"""

from __future__ import annotations

from time import perf_counter

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter("afterword_http_requests", "requests, by how they were answered", ["method", "route", "status"])
SECONDS = Histogram(
    "afterword_http_request_seconds",
    "how long it took until an answer began",
    ["method", "route"],
    buckets=(0.025, 0.1, 0.25, 1.0, 5.0),
)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
OTHER = "other"


class Counted:
    """Counts what the application inside answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on."""
        began = perf_counter()

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                _count(scope, message["status"], began)
            await send(message)

        await self.app(scope, receive, answered)


def _count(scope: Scope, status: int, began: float) -> None:
    method = scope["method"] if scope["method"] in METHODS else OTHER
    route = getattr(scope.get("route"), "path_format", OTHER)
    REQUESTS.labels(method, route, f"{status // 100}xx").inc()
    SECONDS.labels(method, route).observe(perf_counter() - began)
