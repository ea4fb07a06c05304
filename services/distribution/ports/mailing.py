"""What sending mails needs from the world: rows, audiences, printers, a relay."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.distribution.domain import (
    Counts,
    Delivery,
    Gathered,
    Notice,
    Parcel,
    Publication,
    Recipient,
    Result,
    State,
)


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
        one mail goes. Fresh ones come before abandoned ones, and of these notices, which are of no list, before all
        others: somebody waits for each, and a report to many thousands may take an hour.

        What another process has put in, or a time that has come, may be seen up to a second late: so it costs nothing
        to ask again when nothing is due.
        """

    async def renew(self, deliveries: Sequence[Delivery], until: datetime) -> None:
        """Keep claimed rows for longer, but those that somebody else has taken since."""

    async def settle(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Write down what became of rows; return them without those that somebody else has taken since."""

    async def reached(self, postmortem_id: str, ids: Collection[str]) -> Mapping[str, str]:
        """Return of these rows of a postmortem those whose mail was got or may be yet, and its Message-ID."""

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
