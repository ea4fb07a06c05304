"""Failpoints: where the way of a message can break in each room, how, and how a test asks for it.

An arm is an empty file, `<folder>/<room>/armed/<serial>-<point>-<mode>[-<call>]`. The process that passes the
point moves it to `fired/` and only then breaks: so an arm outlives the kill, and fires exactly once. Every call
that was passed at all leaves its name in `passed/`, which holds the table below to the code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

from shared.messaging import topology

FOLDER = "AFTERWORD_FAILPOINTS"
"""The environment variable that names the folder."""


class Point(StrEnum):
    """A step on a message's way."""

    RECEIVE = "receive"
    LOAD = "load"
    ACT = "act"
    COMMIT = "commit"
    SAY = "say"
    FORWARD = "forward"
    REPLY = "reply"
    CLEAR = "clear"
    ACK = "ack"
    TIMER = "timer"


class Mode(StrEnum):
    """How a call breaks: the process dies on either side of it, or it fails without or after its effect."""

    KILLED_BEFORE = "killed_before"
    KILLED_AFTER = "killed_after"
    RAISED = "raised"
    UNKNOWN = "unknown"


KILLS = frozenset({Mode.KILLED_BEFORE, Mode.KILLED_AFTER})
BEFORE = frozenset({Mode.KILLED_BEFORE, Mode.RAISED})
AFTER = frozenset({Mode.KILLED_AFTER, Mode.UNKNOWN})


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Seam:
    """A call at which a room can break. `where` and `error` are written `module:name`; the error is one that it raises.

    `only` is asked with the call's arguments, `did` with its result: whether it is this call, and had an effect.
    `connection` says that the error comes with the loss of the connection to the broker, as it does in earnest.
    """

    point: Point
    where: str
    error: str
    only: Callable[[Any], bool] = _always
    did: Callable[[Any], bool] = _always
    connection: bool = False

    @property
    def call(self) -> str:
        """The name without its module."""
        return self.where.partition(":")[2]


@dataclass(frozen=True, order=True)
class Arm:
    """One break that is asked for; without `call` the first call at the point breaks."""

    serial: int
    point: Point
    mode: Mode
    call: str = ""

    def __str__(self) -> str:
        words = [f"{self.serial:05}", self.point.value, self.mode.value, *([self.call] if self.call else [])]
        return "-".join(words)

    @classmethod
    def read(cls, name: str) -> Arm:
        """Return the arm that a file's name says."""
        serial, point, mode, *call = name.split("-", 3)
        return cls(int(serial), Point(point), Mode(mode), "".join(call))


class Arms:
    """What the harness asks for and what has become of it. One object a folder: it numbers the arms."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._serials = count(1)
        for room in SEAMS:
            for place in ("armed", "fired", "passed"):
                (folder / room / place).mkdir(parents=True, exist_ok=True)

    def arm(self, room: str, point: Point, mode: Mode, call: str = "") -> Arm:
        """Let the next passing of a point (of this call only, if one is named) break in this way."""
        arm = Arm(next(self._serials), point, mode, call)
        (self.folder / room / "armed" / str(arm)).touch()
        return arm

    def armed(self, room: str) -> list[Arm]:
        """Return what still waits, in the order in which it was armed."""
        return self._listed(room, "armed")

    def fired(self, room: str) -> list[Arm]:
        """Return what has broken, in the order in which it was armed."""
        return self._listed(room, "fired")

    def passed(self, room: str) -> set[str]:
        """Return every `<point>-<call>` that the room has ever passed."""
        return {path.name for path in (self.folder / room / "passed").iterdir()}

    def disarm_all(self) -> None:
        """Take back what has not fired."""
        for path in self.folder.glob("*/armed/*"):
            path.unlink(missing_ok=True)

    def _listed(self, room: str, place: str) -> list[Arm]:
        return sorted(Arm.read(path.name) for path in (self.folder / room / place).iterdir())


def _says(args: Any) -> bool:
    return _exchange(args) in (topology.EVENTS, topology.COMMANDS_EXCHANGE, topology.INCIDENTS)


def _answers(args: Any) -> bool:
    return _exchange(args) == topology.REPLIES


def _sends_on(args: Any) -> bool:
    return _exchange(args) == topology.PARKING or _exchange(args).startswith("afterword.retry.")


def _exchange(args: Any) -> str:
    """Where `Bus._confirmed(self, message, exchange, key)` publishes to."""
    return str(args[2])


def _took_one(result: Any) -> bool:
    return bool(result)


STORE = "pymongo.errors:AutoReconnect"
UNCONFIRMED = "shared.messaging.outbox:PublishUnconfirmed"
AWAY = "shared.messaging.retry:Transient"
CONNECTION = "builtins:ConnectionError"
DOCUMENTS = "shared.mongo:MongoDocuments"
CONFIRMED = "shared.messaging.broker:Bus._confirmed"
"""Everything that is said goes through it; where it goes to tells what it is."""

HEARS = (
    Seam(Point.RECEIVE, "shared.messaging.inbox:Hearing.hear", CONNECTION, connection=True),
    Seam(Point.LOAD, f"{DOCUMENTS}.read", STORE),
    Seam(Point.COMMIT, f"{DOCUMENTS}.write", STORE),
    Seam(Point.FORWARD, CONFIRMED, UNCONFIRMED, only=_sends_on),
    Seam(Point.ACK, "faststream.rabbit.message:RabbitMessage.ack", CONNECTION, connection=True),
)
SAYS = (Seam(Point.SAY, CONFIRMED, UNCONFIRMED, only=_says),)
FOLLOWS = (*SAYS, Seam(Point.CLEAR, f"{DOCUMENTS}.clear", STORE))
"""What a room does that says events by its outbox."""
OBEYS = (Seam(Point.REPLY, CONFIRMED, UNCONFIRMED, only=_answers), Seam(Point.COMMIT, f"{DOCUMENTS}.remember", STORE))
"""What a room does that takes commands: it answers, and remembers what it refused."""
READS = (Seam(Point.LOAD, f"{DOCUMENTS}.state_of", STORE),)


def _acts(where: str, error: str, did: Callable[[Any], bool] = _always) -> Seam:
    return Seam(Point.ACT, where, error, did=did)


def _rings(room: str) -> Seam:
    return Seam(Point.TIMER, f"services.{room}.handlers:on_due", STORE)


_LEDGER = "services.distribution.store:MongoLedger"
_LINK = "services.distribution.adapters.smtp.link:Link"
BROKEN = "services.distribution.adapters.smtp.link:BrokenError"
_CALENDAR = "services.calendar.adapters.server:CalDavServer"

SEAMS: dict[str, tuple[Seam, ...]] = {
    "drafting": (
        *HEARS,
        *FOLLOWS,
        *OBEYS,
        _rings("drafting"),
        _acts("services.drafting.store:MongoPostmortems._keep", STORE),
    ),
    "review": (
        *HEARS,
        *FOLLOWS,
        *OBEYS,
        _acts("services.review.store:MongoReviews.workload", STORE),
        _acts("services.review.store:MongoCommunity.members", STORE),
    ),
    "calendar": (
        *HEARS,
        *FOLLOWS,
        *OBEYS,
        _rings("calendar"),
        _acts(f"{_CALENDAR}.read", AWAY),
        _acts(f"{_CALENDAR}.create", AWAY),
        _acts(f"{_CALENDAR}.replace", AWAY),
    ),
    "distribution": (
        *HEARS,
        *FOLLOWS,
        *OBEYS,
        *READS,
        _rings("distribution"),
        _acts(f"{_LINK}.go_on", BROKEN),
        _acts(f"{_LINK}.last_reply", BROKEN),
        _acts("aiosmtplib:SMTP.connect", "aiosmtplib:SMTPConnectError"),
        _acts("services.distribution.store:MongoLists.listings", STORE),
        _acts("services.distribution.store:MongoSubscriptions.unsubscribed", STORE),
        _acts("services.distribution.store:MongoAudiences.keep", STORE),
        _acts("services.distribution.store:MongoSubscriptions.subscribers", STORE),
        _acts("services.distribution.store:MongoSubscriptions.left", STORE),
        _acts("services.distribution.store:MongoPreferences.quiet", STORE),
        _acts(f"{_LEDGER}.add", STORE),
        _acts(f"{_LEDGER}.claim", STORE, did=_took_one),
        _acts(f"{_LEDGER}.settle", STORE),
    ),
    "gateway": (
        *HEARS,
        *SAYS,
        *READS,
        _acts("services.gateway.store:MongoCommands.remember", STORE),
        _acts("services.gateway.store.feed:MongoFeed.append", STORE),
        _acts("services.gateway.adapters.bus:BusMessages._send", "services.gateway.ports:Unavailable"),
    ),
}
"""Every call at which a room can break. A point that a room never passes is not among its own."""


def points_of(room: str) -> list[Point]:
    """Return the points that a room has, in the order of a message's way."""
    own = {seam.point for seam in SEAMS[room]}
    return [point for point in Point if point in own]
