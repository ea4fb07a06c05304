"""The words and rooms of the simulation: two rooms in a chain that write down every single effect they have.

`first` hears `Heard` from outside, counts it, says one or two `Counted` and sets an alarm that ends in `Rang`.
`second` hears those, and for each `Counted` gives itself the command `Act`: one entry in the world outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from shared.contracts import COMMANDS, MESSAGES, Message
from shared.contracts.base import derived_id
from shared.contracts.decision import Decision, Kind, Reply, refuse
from shared.messaging.envelope import Received
from shared.messaging.timers import Due

FIRST, SECOND = "first", "second"
ALARM = timedelta(seconds=1)


class Heard(Message):
    """From outside; a poisonous one can never be handled, a choosy one is refused while a count is there and even."""

    name: ClassVar[str] = "Heard.v1"
    n: int
    poison: str = ""
    choosy: bool = False


class Counted(Message):
    """First has counted a message; `total` depends on the state, `pair` is the cause of both of a pair."""

    name: ClassVar[str] = "Counted.v1"
    total: int
    nth: int
    pair: str


class Rang(Message):
    """An alarm of first rang."""

    name: ClassVar[str] = "Rang.v1"
    nth: int


class Act(Message):
    """Second to itself: see to the entry outside."""

    name: ClassVar[str] = "Act.v1"
    want: str

    @classmethod
    def address(cls) -> str:
        """The routing key: a command to the room itself."""
        return f"{SECOND}.{cls.name}"


WORDS: dict[str, type[Message]] = {word.address(): word for word in (Heard, Counted, Rang, Act)}
QUEUES = {
    Heard.name: f"{FIRST}.{Heard.name}",
    Counted.name: f"{SECOND}.{Counted.name}",
    Rang.name: f"{SECOND}.{Rang.name}",
    Act.address(): Act.address(),
}


@contextmanager
def spoken() -> Iterator[None]:
    """The rooms of the simulation have a language of their own, understood while this is open."""
    MESSAGES.update(WORDS)
    COMMANDS[Act.address()] = Act
    try:
        yield
    finally:
        for name in WORDS:
            del MESSAGES[name]
        del COMMANDS[Act.address()]


@dataclass(frozen=True, slots=True)
class First:
    """What first knows of a document. The tuples are the audit: one entry an effect, never made unique."""

    applied: tuple[str, ...] = ()
    alarms: tuple[datetime, ...] = ()
    rang: tuple[str, ...] = ()
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Second:
    """What second knows of a document, as an audit."""

    applied: tuple[str, ...] = ()


def hear(state: First | None, heard: Received[Heard], now: datetime) -> Decision[First | None] | Decision[First]:
    """Count or refuse."""
    known = state or First()
    if heard.data.choosy and state is not None and len(known.applied) % 2 == 0:
        return refuse(state, Kind.CONFLICT, "odd-only", "the count has to be odd")
    return count(known, heard, now)


def count(state: First, heard: Received[Heard], now: datetime) -> Decision[First]:
    """Count one more; an alarm is set unless one is already, later than all before whatever the clock says."""
    alarms = state.alarms if state.due else (*state.alarms, max([now, *state.alarms]) + ALARM)
    due = state.due or alarms[-1]
    applied = (*state.applied, heard.id)
    total, subject = len(applied), heard.subject
    events = [
        Counted(postmortem_id=subject, total=total, nth=nth, pair=heard.id)
        for nth in range(1, how_many(heard.data.n) + 1)
    ]
    return Decision(
        state=replace(state, applied=applied, alarms=alarms, due=due),
        events=tuple(events),
        reply=Reply(data={"total": total}),
        due=due,
    )


def how_many(n: int) -> int:
    """Return how many events follow from the n-th message."""
    return 1 + n % 2


def ring(state: First, due: Received[Due]) -> Decision[First]:
    """Let the alarm ring."""
    rang = (*state.rang, due.id)
    return Decision(state=replace(state, rang=rang, due=None), events=(Rang(postmortem_id=due.subject, nth=len(rang)),))


def follow(state: Second | None, event: Received[Counted]) -> Decision[Second]:
    """Write it down, and want an entry outside."""
    return replace(note(state, event), events=(Act(postmortem_id=event.subject, want=event.id),))


def note(state: Second | None, message: Received[Counted] | Received[Rang] | Received[Act]) -> Decision[Second]:
    """Write down that a message had its effect."""
    state = state or Second()
    return Decision(state=Second((*state.applied, message.id)))


def needs(event: Received[Counted]) -> str | None:
    """Return the id of the event that has to come before this one."""
    return None if event.data.nth == 1 else derived_id(event.data.pair, Counted.name)


def entry_of(subject: str, want: str) -> str:
    """The key of an entry outside: a function of what is wanted."""
    return derived_id(subject, "entry", want)
