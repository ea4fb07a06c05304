"""A stream of events (SSE) to one who watches: from a place on, until they leave, may no more, or we stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

import orjson
import structlog
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.types import Message, Receive, Scope, Send

from services.gateway.domain.restriction import sees
from services.gateway.domain.watching import Noted, Watched, told
from services.gateway.handlers.hub import Hub, Page

log = structlog.get_logger(__name__)

KEEP_ALIVE_S = 15.0
"""Comments keep proxies from closing the line; as often it is asked whether who watches still may."""
PATIENCE_S = 20.0
"""Who does not take what is sent for so long is dropped, and may come again."""
RETRY_MS = 2000


class Patient(StreamingResponse):
    """A stream that is given up when nobody takes it: what is sent and not taken would have to be kept."""

    media_type = "text/event-stream"

    def __init__(
        self,
        parts: AsyncGenerator[bytes, None],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        patience: float = PATIENCE_S,
    ) -> None:
        super().__init__(parts, status_code, headers)
        self.parts = parts
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, each part in time."""

        async def in_time(message: Message) -> None:
            async with asyncio.timeout(self.patience):
                await send(message)

        try:
            await super().__call__(scope, receive, in_time)
        except TimeoutError:
            log.info("somebody who watches is too slow, and was dropped")
        finally:
            await self.parts.aclose()


@dataclass(kw_only=True)
class Watching:
    """One who watches, and where they are.

    `may_still` says whether the key is still good for it; `item` makes of what happened what is sent.
    The stream ends when the store does not answer; who watches comes back, and finds another gateway, or an error.
    """

    hub: Hub
    email: str
    watched: Watched
    number: int
    opening: bytes
    item: Callable[[Noted], bytes]
    may_still: Callable[[], Awaitable[bool]]
    keep_alive: float = KEEP_ALIVE_S

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the stream's parts; each is decided on just before it is sent."""
        with self.hub.watched():
            yield self.opening
            try:
                async for part in self._parts():
                    yield part
            except self.hub.away as error:
                log.warning("the store does not answer, a stream ends", error=repr(error))

    async def _parts(self) -> AsyncIterator[bytes]:
        clock = asyncio.get_running_loop().time
        beat = clock() + self.keep_alive
        while not self.hub.closed:
            news = self.hub.news  # taken first: what comes after is in the page, or wakes us
            page = await self.hub.after(self.number)
            if part := self._next(page):
                yield part
            if not page.items:
                await _comes(news, beat - clock())
            if clock() >= beat:
                if not await self.may_still():
                    return
                yield KEEPALIVE_COMMENT
                beat = clock() + self.keep_alive

    def _next(self, page: Page) -> bytes:
        """Go on behind the page; return of it what is wanted and may be seen."""
        parts = []
        for number, noted in page.items:
            self.number = number
            view = page.views.get(noted.postmortem_id)
            if self.watched.wants(noted) and view and sees(self.email, view):
                parts.append(self.item(noted))
        return b"".join(parts)


async def _comes(news: asyncio.Event, seconds: float) -> None:
    """Wait for news, for so long at most."""
    try:
        async with asyncio.timeout(max(seconds, 0.0)):
            await news.wait()
    except TimeoutError:
        return  # nothing new, which is no error


def item(noted: Noted, public_url: str) -> bytes:
    """Return what happened as an event of the stream, with all that is told of it."""
    data = orjson.dumps(told(noted, public_url)).decode()
    return format_sse_event(id=noted.id, event=noted.name, data_str=data)


def opening(id: str) -> bytes:
    """Return how a stream begins: with a place, so that even who was told nothing can go on from there."""
    return format_sse_event(comment="watching", id=id, retry=RETRY_MS)


def reset(id: str, public_url: str) -> bytes:
    """Return how a stream begins for somebody whose place is not known any more."""
    data = {
        "detail": "What happened since Last-Event-ID is not known any more; read the list again.",
        "links": {"postmortems": f"{public_url.rstrip('/')}/v1/postmortems"},
    }
    return format_sse_event(event="reset", id=id, retry=RETRY_MS, data_str=orjson.dumps(data).decode())
