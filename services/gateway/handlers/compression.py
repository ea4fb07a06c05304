"""Larger answers are compressed for whoever takes gzip; streams of events never are."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.domain.etags import GZIPPED

SMALLEST = 1024
LEVEL = 4
"""A page of fifty results takes less than half as long as with 6, and a twelfth more bytes."""


def takes_gzip(accept_encoding: str) -> bool:
    """Say whether a caller takes gzip: named with a weight above 0, or meant by `*` (RFC 9110, 12.5.3)."""
    weights = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        weights[coding.strip()] = parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return weights.get("gzip", weights.get("*", False))


class Compression(GZipMiddleware):
    """The framework's, which takes `gzip;q=0` for a yes and leaves the ETag of the uncompressed answer."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=SMALLEST, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress what is large enough, for whoever takes it."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tell(MutableHeaders(scope=message))
            await send(message)

        if takes_gzip(", ".join(Headers(scope=scope).getlist("accept-encoding"))):
            others = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
            asked = {**scope, "headers": [*others, (b"accept-encoding", b"gzip")]}
            await super().__call__(asked, receive, told)
        else:
            await self.app(scope, receive, send)


def _tell(headers: MutableHeaders) -> None:
    tag = headers.get("etag")
    if tag and headers.get("content-encoding") == "gzip":
        headers["ETag"] = f'{tag[:-1]}{GZIPPED}"'
