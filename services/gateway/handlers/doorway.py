"""What every request passes on its way in, and every answer on its way out, in one step.

One for all: a middleware of its own for each of these costs more than what it does.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.domain.heads import Head
from services.gateway.handlers.compression import Compression
from services.gateway.handlers.counted import Counted
from services.gateway.handlers.framing import ambiguous
from services.gateway.handlers.limits import JSON_TYPES, MARKDOWN, MAX_BODY, MAX_FORM, looked_at
from services.gateway.handlers.methods import Methods
from services.gateway.handlers.standing import completed, name

API, UNSUBSCRIBE = "/v1/", "/unsubscribe/"


class Doorway:
    """Names requests, refuses those without a clear end, looks at bodies, compresses answers and completes their heads.

    Bodies of the API are JSON; those under its paths `raw`, and of pages, are their handlers' own, of whatever form.
    What ends in one of `documents` takes Markdown too.
    """

    def __init__(self, app: ASGIApp, raw: tuple[str, ...], documents: tuple[str, ...]) -> None:
        self.plain = Counted(app)
        self.compressed = Compression(self.plain)
        self.raw = raw
        self.documents = documents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on what is told in one way."""
        if scope["type"] != "http":
            await self.plain(scope, receive, send)
            return
        head = Head(scope["headers"])
        name(scope, head)

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = completed(message["headers"], scope)
            await send(message)

        app: ASGIApp = self._inner(scope, head)
        path = scope["path"]
        await app(scope, looked_at(receive, head, self._types(path), _most(path)), answered)

    def _types(self, path: str) -> tuple[str, ...]:
        """Return what a body may be; nothing: whatever its handler takes."""
        if path.startswith(self.raw) or not path.startswith(API):
            return ()
        return (*JSON_TYPES, MARKDOWN) if path.endswith(self.documents) else JSON_TYPES

    def _inner(self, scope: Scope, head: Head) -> ASGIApp:
        """Return what the request goes to: as little as it needs."""
        if head.is_ambiguous:
            return ambiguous(scope)
        app: ASGIApp = self.compressed if b"accept-encoding" in head.first else self.plain
        return Methods(app) if scope["method"] in ("HEAD", "OPTIONS") else app


def _most(path: str) -> int:
    """Return how many bytes a body may have; a form of a page brings a whole text back, and more beside it."""
    return MAX_BODY if path.startswith((API, UNSUBSCRIBE)) else MAX_FORM
