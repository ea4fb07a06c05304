"""A running room: bus, hearing, relay, timers and health, started together and stopped together."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared import observability as seen
from shared.batching import until_beat
from shared.messaging.broker import GRACE_S, Bus, uncancelled
from shared.messaging.heads import BoundedHeads
from shared.messaging.outbox import Backlog, Relay

log = structlog.get_logger(__name__)

SWEEP_EVERY_S = 1.0
LEFT_FOR_S = 3.0
"""A message unsaid for this long was left behind by somebody; before that its own process is at it."""
DEAF_MS = 20_000
"""For how long somebody may leave lying what was sent; then the system closes the line, which nothing else would."""
COUNTED_WITHIN_S = 3.0
"""Whoever asks for metrics waits for ten seconds, as a rule."""
NOT_STARTED = 3
"""The status of a process whose application did not start: the server's own."""

Work = Callable[[], Awaitable[None]]
Check = Callable[[], Awaitable[bool]]


@dataclass(kw_only=True)
class Service:
    """What runs in one process of a room. `prepare` runs once before anything is heard; `work` for ever.

    `figures` are counted when somebody asks for metrics; what cannot be counted keeps its last value.

    `relays`: one for each kind of documents that the room keeps. `version`: of Afterword, for whoever operates it.
    """

    room: str
    bus: Bus
    version: str = ""
    relays: Sequence[Relay] = ()
    prepare: Sequence[Work] = ()
    work: Sequence[Work] = ()
    close: Sequence[Work] = ()
    checks: Sequence[Check] = ()
    figures: Sequence[Work] = ()
    started: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @asynccontextmanager
    async def running(self, _app: Any = None) -> AsyncIterator[None]:
        """Run the room for as long as the context is open; starting goes on in the background."""
        self._tasks.append(asyncio.create_task(self._start()))
        try:
            yield
        finally:
            await self._stop()

    async def _start(self) -> None:
        for work in self.prepare:
            await until_done(work)
        await until_done(self.bus.start)
        if self.relays:
            self._tasks.append(asyncio.create_task(forever(self._sweep, SWEEP_EVERY_S)))
        clearing = (relay.clear_for_others for relay in self.relays)
        self._tasks.extend(asyncio.create_task(forever(work, 0.0)) for work in (*clearing, *self.work))
        self.started.set()
        log.info("ready")

    async def _sweep(self) -> None:
        """Say what was left behind. It is asked of all kinds of documents at once whether something waits in them."""
        for relay in self.relays:
            await relay.flush()
        found = await asyncio.gather(*(relay.backlog() for relay in self.relays))
        backlogs = [await self._swept(relay, backlog) for relay, backlog in zip(self.relays, found, strict=True)]
        seen.OUTBOX_DOCUMENTS.labels(self.room).set(sum(backlog.documents for backlog in backlogs))
        seen.OUTBOX_AGE.labels(self.room).set(max(backlog.oldest for backlog in backlogs))

    async def _swept(self, relay: Relay, backlog: Backlog) -> Backlog:
        if backlog.oldest < LEFT_FOR_S:
            return backlog
        await relay.sweep(LEFT_FOR_S)
        return await relay.backlog()

    async def _stop(self) -> None:
        await self.bus.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for work in self.close:
            await work()

    async def count(self) -> None:
        """Bring the figures up to date, side by side, with none in the way of what is known without them."""
        await asyncio.gather(*map(_counted, self.figures))

    async def ready(self) -> bool:
        """Say whether the room can work: it has started, RabbitMQ answers, and so does whatever else it needs."""
        return self.started.is_set() and all([await check() for check in (self.bus.alive, *self.checks)])


async def _counted(figure: Work) -> None:
    try:
        async with asyncio.timeout(COUNTED_WITHIN_S):
            await uncancelled(figure())
    except Exception as error:  # noqa: BLE001 - whatever is away now is counted later
        log.warning("a figure is not counted", error=repr(error))


async def until_done(work: Work) -> None:
    """Do something that needs a server which may not be up yet: again until it succeeds, soon at first, then slowly."""
    for pause in chain((0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0), repeat(15.0)):
        try:
            await uncancelled(work())
            break
        except Exception as error:  # noqa: BLE001 - whatever is missing at start is waited for and said
            log.warning("not ready yet", error=repr(error), again_in_s=pause)
            await asyncio.sleep(pause)  # noqa: TID251


async def forever(work: Work, pause: float) -> None:
    """Do something again and again; an error is logged and the work goes on after a second."""
    while True:
        try:
            await uncancelled(work())
            await asyncio.sleep(until_beat(pause) if pause else 0)  # noqa: TID251
        except Exception:
            log.exception("background work failed")
            await asyncio.sleep(1.0)  # noqa: TID251


def health_routes(service: Service) -> list[Route]:
    """Return `/health/live`, `/health/ready` and `/metrics`."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live", "room": service.room})

    async def ready(_: Request) -> Response:
        is_ready = await service.ready()
        told = {"status": "ready" if is_ready else "starting", "room": service.room, "version": service.version}
        return JSONResponse(told, status_code=200 if is_ready else 503)

    async def metrics(_: Request) -> Response:
        await service.count()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]


def as_app(service: Service) -> Starlette:
    """Wrap a room without pages of its own: health and metrics over HTTP."""
    return Starlette(routes=health_routes(service), lifespan=service.running)


class Server(uvicorn.Server):
    """Tells the application that it is to stop before it waits for open answers: some have no end of their own."""

    def __init__(self, config: uvicorn.Config, leaving: Sequence[Callable[[], None]]) -> None:
        super().__init__(config)
        self.leaving = leaving

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell, then stop."""
        for tell in self.leaving:
            tell()
        await super().shutdown(sockets)


def serve(app: Any, host: str, port: int) -> None:
    """Run an ASGI application until SIGTERM or SIGINT; what it has as `app.state.leaving` is called when that comes.

    Whose X-Forwarded-For to believe is the application's matter.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedHeads,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(GRACE_S),
    )
    server = Server(config, getattr(getattr(app, "state", None), "leaving", ()))
    listening = config.bind_socket()
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # on Linux; every connection has it from the socket that it came to
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAF_MS)
    with suppress(KeyboardInterrupt):  # it was raised again when everything had ended
        server.run(sockets=[listening])
    if not server.started:
        sys.exit(NOT_STARTED)
