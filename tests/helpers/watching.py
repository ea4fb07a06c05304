"""A feed and secret links in memory, and how a stream of events is read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.gateway.domain.watching import KEPT_FOR, Noted, end_id
from services.gateway.handlers.projection import on_fact
from services.gateway.ports import Deps, Place
from shared.contracts.base import Message
from shared.contracts.commands import Actor
from shared.messaging.documents import Conflict
from shared.messaging.envelope import Received
from shared.testing import FixedClock
from tests.helpers.builders import NOW


@dataclass
class FakeFeed:
    """Items in a list, in the order in which they came."""

    clock: FixedClock
    items: list[Noted] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)

    async def append(self, noted: Noted) -> None:
        if noted.id not in {item.id for item in self.items}:
            self.items.append(noted)
            self.at.append(self.clock.now())

    async def newest(self) -> Place:
        return Place(number=len(self.items), id=self.items[-1].id if self.items else end_id(0))

    async def place_of(self, id: str) -> Place | None:
        if id == end_id(0):
            fresh = not self.at or self.at[0] > self.clock.now() - KEPT_FOR
            return Place(number=0, id=id) if fresh else None
        for number, (item, at) in enumerate(zip(self.items, self.at, strict=True), 1):
            if item.id == id and at > self.clock.now() - KEPT_FOR:
                return Place(number=number, id=id)
        return None

    async def after(self, number: int, limit: int) -> Sequence[tuple[int, Noted]]:
        return list(enumerate(self.items, 1))[number : number + limit]


@dataclass
class FakeLinks:
    """Generations, and who was known by a token, in dictionaries."""

    causes: dict[str, list[str]] = field(default_factory=dict)
    known: dict[str, tuple[Actor, datetime]] = field(default_factory=dict)

    async def vouch(self, actor: Actor, until: datetime) -> None:
        self.known[actor.email] = (actor, until)

    async def vouched(self, email: str, now: datetime) -> Actor | None:
        actor, until = self.known.get(email, (None, now))
        return actor if until > now else None

    async def generation(self, email: str) -> int:
        return len(self.causes.get(email, ()))

    async def rotate(self, email: str, cause: str) -> int:
        causes = self.causes.setdefault(email, [])
        if cause not in causes:
            causes.append(cause)
        return len(causes)


async def hear(deps: Deps, *events: Message, since: int = 0) -> None:
    """Let the gateway hear facts; each place in the row has an id of its own. Who loses a race starts over, as ever."""
    for n, event in enumerate(events, since):
        id = f"e-{n}"
        heard = Received(id=id, name=event.name, data=event, correlation_id=id, time=NOW)
        try:
            await on_fact(heard, deps)
        except Conflict:
            await on_fact(heard, deps)


@dataclass(frozen=True)
class Item:
    """One block of a stream, as an EventSource reads it."""

    id: str | None
    event: str | None
    data: dict[str, Any] | None


async def items(lines: AsyncIterator[str]) -> AsyncIterator[Item]:
    """Read a stream line by line; yield its blocks, comments left out."""
    fields: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif fields.keys() - {""}:
            data = fields.get("data")
            yield Item(fields.get("id"), fields.get("event"), json.loads(data) if data else None)
            fields = {}


class Line:
    """An open answer of an application without a server: what is sent comes one by one, as from a socket."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.begun = asyncio.Event()
        self.parts: asyncio.Queue[str | None] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.taking = asyncio.Event()
        self.taking.set()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.taking.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self.begun.set()
        else:
            await self.parts.put(message["body"].decode())
            if not message.get("more_body"):
                await self.parts.put(None)

    async def lines(self) -> AsyncIterator[str]:
        """Yield what came, line by line, until the answer ends."""
        while (part := await self.parts.get()) is not None:
            for line in part.splitlines():
                yield line


@asynccontextmanager
async def listening(app: Any, path: str, headers: dict[str, str]) -> AsyncIterator[Line]:
    """Ask for a stream, hang up at the end of the block; raises what the application raised."""
    path, _, query = path.partition("?")
    given = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": given,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    line = Line()
    answering = asyncio.create_task(app(scope, line.receive, line.send))
    try:
        async with asyncio.timeout(10):
            await line.begun.wait()
        yield line
    finally:
        line.gone.set()
        line.taking.set()
        async with asyncio.timeout(10):
            await answering
