"""What distribution needs from the world."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from weakref import WeakValueDictionary

from services.distribution.domain import (
    Counts,
    Delivery,
    Gathered,
    Gathering,
    Includes,
    Listing,
    Notice,
    Pace,
    Parcel,
    Publication,
    Recipient,
    Result,
    State,
    Stoppage,
    Subscriber,
    Subscription,
    Terms,
)
from shared.clock import Clock
from shared.messaging.documents import Repository


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours to send. `abandoned`: somebody died over it, so that its mail may have gone out."""

    delivery: Delivery
    abandoned: bool


Place = tuple[int, str]
"""Revision and recipient of a row."""


class Ledger(Protocol):
    """A row for every mail. Every write is majority-durable when it returns."""

    async def add(self, deliveries: Iterable[Delivery]) -> None:
        """Write rows that are not there yet; those that are stay as they are."""

    async def claim(self, now: datetime, until: datetime) -> Sequence[Claim]:
        """Take rows to send, for nobody else until `until`; attempts counts this one. None when none is due.

        They are those that have waited longest: up to ALONE, each with a mail of its own, or up to TOGETHER to which
        one mail goes. Fresh ones come before abandoned ones.
        """

    async def renew(self, deliveries: Sequence[Delivery], until: datetime) -> None:
        """Keep claimed rows for longer, but those that somebody else has taken since."""

    async def settle(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Write down what became of rows; return them without those that somebody else has taken since."""

    async def reached(self, ids: Collection[str]) -> Mapping[str, str]:
        """Return of these rows those whose mail was got or may be yet, and its Message-ID."""

    async def any_waiting(self, postmortem_id: str, revision: int) -> bool:
        """Say whether a mail of a publication is still to be sent; cheap enough to ask after every mail."""

    async def counts(self, postmortem_id: str, revision: int) -> Counts:
        """Return how the mails of a publication stand."""

    async def rows(
        self, postmortem_id: str, limit: int, after: Place | None = None, state: State | None = None
    ) -> Sequence[Delivery]:
        """Return the rows of a postmortem's publications, newest revision first, by recipient; no notices.

        Only those behind a place, and in a state, where such are given.
        """


class Audiences(Protocol):
    """Keeps who gets an edition. Every write is majority-durable when it returns."""

    async def keep(self, id: str, recipients: Sequence[Recipient]) -> None:
        """Write an audience down; one id is one audience, so that doing it again changes nothing."""

    def chunks(self, id: str) -> AsyncIterator[Sequence[Recipient]]:
        """Yield an audience in parts of bounded size, in its order."""


class KnownLists(Protocol):
    """Knows the lists."""

    async def listings(self, names: Collection[str] | None = None) -> Sequence[Listing]:
        """Return every list that there is or was, or those of these names."""

    async def includes(self) -> Includes:
        """Return the names of the lists that there are, each with those that it includes; reads no members."""

    async def is_open(self, name: str) -> bool | None:
        """Say whether people may put themselves on a list; None when there is none of this name."""


class Subscribers(Protocol):
    """Knows who has put themselves on lists."""

    async def subscribers(self, lists: Collection[str] | None = None) -> tuple[Subscriber, ...]:
        """Return everybody, or those of these lists, by list and address."""


class Unsubscribed(Protocol):
    """Knows who wants no more mail."""

    async def unsubscribed(self) -> frozenset[str]:
        """Return the ids of the subscriptions that are no more."""

    async def left(self, ids: Collection[str]) -> frozenset[str]:
        """Return of these subscriptions those that are no more; cheap enough to ask before every few mails."""


class Mailer(Protocol):
    """Hands mail to the relay."""

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[tuple[Result, ...]]:
        """Send parcels in their order; return of each parcel what became of each of its recipients, in theirs.

        Never raises for what a relay or a network may do.
        """

    async def close(self) -> None:
        """Say goodbye to the relay."""


class Writer(Protocol):
    """Writes the mails of rows."""

    async def look(self, rows: Sequence[Delivery]) -> None:
        """See what is known now of what these rows are about; they are written from that, or from what is newer."""

    async def write(self, row: Delivery) -> bytes | Result:
        """Return the bytes of a row's mail, or what became of it without one. Raises: LookupError."""


class HeldBack(Protocol):
    """Knows of mails that wait that they are not to be sent any more."""

    async def held(self, rows: Sequence[Delivery]) -> Mapping[str, str]:
        """Return of these rows those that are not to be mailed any more, by id, and why."""


class Printer(Protocol):
    """Makes the mails of publications."""

    def message_id(self, postmortem_id: str, revision: int, recipient: str) -> str:
        """Return the Message-ID, the same for the same mail for ever. `recipient` is whom the mail names."""

    def mail(self, publication: Publication, delivery: Delivery) -> bytes:
        """Return the bytes for the wire, the same for the same delivery for ever."""


class NoticePrinter(Protocol):
    """Makes the mails of notices."""

    def message_id(self, notice: Notice) -> str:
        """Return the Message-ID, the same for the same fact and recipient for ever."""

    def mail(self, notice: Notice, delivery: Delivery, *, restricted: bool = False) -> bytes:
        """Return the bytes for the wire, the same for the same delivery for ever."""

    def gathered_id(self, gathered: Gathered) -> str:
        """Return the Message-ID of a mail of several notices."""

    def gathered_mail(self, gathered: Gathered, restricted: Container[str], delivery: Delivery) -> bytes:
        """Return the bytes of a mail of several notices; `restricted` are the ids of those told without a title."""


class Turns:
    """Lets what is about one thing happen one after the other in this process.

    It promises nothing, since there are other processes; but it spares most of the conflicts with ourselves.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        """Return the lock of a thing, which lasts as long as somebody has it."""
        return self._locks.setdefault(key, asyncio.Lock())


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the handlers use.

    `audiences` keeps who gets what is published, `terms` are those of the policy file, `wake` rouses whoever sends.
    """

    publications: Repository[Publication]
    lists: Repository[Listing]
    known_lists: KnownLists
    subscriptions: Repository[Subscription]
    unsubscribed: Unsubscribed
    subscribers: Subscribers
    gatherings: Repository[Gathering]
    turns: Turns = field(default_factory=Turns)
    stoppages: Repository[Stoppage]
    ledger: Ledger
    audiences: Audiences
    printer: Printer
    notices: NoticePrinter
    terms: Terms
    pace: Pace
    clock: Clock
    wake: asyncio.Event
