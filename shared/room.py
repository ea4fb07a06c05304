"""What every composition root does alike: connections in, a running room out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol, TypeVar

from shared.batching import until_beat
from shared.clock import SystemClock
from shared.garbage import keep_what_is_loaded
from shared.messaging.broker import Bus
from shared.messaging.inbox import Handlers, Hearing
from shared.messaging.outbox import Outboxes, Relay
from shared.messaging.service import Service, Work, serve
from shared.mongo import TRANSIENT, Client, answers, connect, database
from shared.mongo_spans import trace_commands
from shared.mongo_trouble import explained
from shared.mongo_unhurried import unhurried
from shared.observability import start_logging
from shared.settings import PREFIX, RoomSettings, SettingError, exit_on_bad_settings, load
from shared.tracing import starting as tracing

D = TypeVar("D")
C = TypeVar("C", bound=RoomSettings)


def installed_version() -> str:
    """Return the version of Afterword that runs here."""
    try:
        return version("afterword")
    except PackageNotFoundError:
        return "unreleased"


class Store(Protocol):
    """What keeps a room's documents."""

    async def prepare(self) -> None:
        """Make the indexes, and bring forward what an older version left to do; safe to repeat."""


class Foundation:
    """A room's connections: its own database, its own connection to the bus."""

    def __init__(self, room: str, settings: RoomSettings) -> None:
        self.room = room
        self._mongo_url = settings.mongo_url.get_secret_value()
        self.client = self._client()
        self.database = database(self.client, f"{settings.database}_{room}")
        self.bus = Bus(
            settings.rabbitmq_url.get_secret_value(), room, settings.prefetch, declare=settings.declare_topology
        )
        self._relays: list[Relay] = []

    def relay(self, outboxes: Outboxes) -> Relay:
        """Return the room's relay over documents of one kind."""
        relay = Relay(outboxes, self.bus.publish)
        self._relays.append(relay)
        return relay

    def service(
        self,
        handlers: Handlers[D],
        deps: D,
        *,
        stores: Sequence[Store] = (),
        prepare: Sequence[Work] = (),
        work: Sequence[Work] = (),
        close: Sequence[Work] = (),
        figures: Sequence[Work] = (),
    ) -> Service:
        """Return the service that hears with these handlers, once its stores are prepared and then the rest."""
        Hearing(self.bus, handlers, deps, version=installed_version(), clock=SystemClock(), passing=TRANSIENT).listen()
        return Service(
            room=self.room,
            bus=self.bus,
            version=installed_version(),
            relays=self._relays,
            prepare=[explained(each, self._mongo_url) for each in (*map(_prepared, stores), *prepare)],
            work=work,
            close=[*close, self._disconnect],
            checks=[self._mongo_answers],
            figures=figures,
        )

    def _client(self) -> Client:
        """Return the way to the database. Raises: SettingError for an address that is none."""
        try:
            return connect(self._mongo_url)
        except TRANSIENT as error:
            msg = f"{PREFIX}MONGO_URL: {error}"
            raise SettingError(msg) from error

    async def _mongo_answers(self) -> bool:
        return await answers(self.client)

    async def _disconnect(self) -> None:
        self.client.close()


def _prepared(store: Store) -> Work:
    async def prepare() -> None:
        with unhurried():
            await store.prepare()

    return prepare


def every(seconds: float, work: Callable[[], Awaitable[Any]]) -> Work:
    """Return background work that does something, then rests; see `shared.messaging.service.forever`."""

    async def rest() -> None:
        await work()
        await asyncio.sleep(until_beat(seconds))  # noqa: TID251 - the rest between two rounds

    return rest


def start_tracing(room: str) -> None:
    """Trace what the room does if a collector is named. Raises: SettingError when it cannot."""
    try:
        tracer = tracing.start(room, installed_version())
    except tracing.NotInstalled as error:
        raise SettingError(str(error)) from error
    if tracer:
        trace_commands(tracer)


def run(room: str, settings: type[C], build: Callable[[C], Any]) -> None:
    """Read the settings and run the room until it is told to stop."""
    try:
        known = load(settings)
        start_logging(room, known.log_level)
        start_tracing(room)
        app = build(known)
    except SettingError as error:
        exit_on_bad_settings(error)
    keep_what_is_loaded()
    serve(app, known.http_host, known.http_port)
