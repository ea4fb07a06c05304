"""What distribution needs from the world."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.distribution.domain import (
    Counts,
    Delivery,
    Includes,
    Listing,
    Notice,
    Parcel,
    Publication,
    Recipient,
    Result,
    Subscriber,
    Subscription,
    Terms,
)
from services.distribution.domain.bouncing import BounceTerms, Standing
from services.distribution.domain.digest.brief import Brief
from services.distribution.domain.digest.digest import Digest
from services.distribution.domain.digest.month import MonthChoice
from services.distribution.domain.digest.plan import Plan
from services.distribution.domain.preferences import MailPreference
from shared.clock import Clock
from shared.messaging.documents import Repository


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours to send. `abandoned`: somebody died over it, so that its mail may have gone out."""

    delivery: Delivery
    abandoned: bool


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

    async def rows(self, postmortem_id: str, limit: int) -> Sequence[Delivery]:
        """Return the rows of a postmortem's publications, newest revision first, by recipient; no notices."""


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


class Sent(Protocol):
    """The rows of what was sent, as far as a returned mail is concerned."""

    async def row(self, id: str) -> Delivery | None:
        """Return a row, whatever is in it."""

    async def arrived(self, recipient: str, before: datetime) -> datetime | None:
        """Return when the newest mail to somebody was accepted that was before this and did not come back."""

    async def came_back(self, id: str, reply: str, now: datetime) -> None:
        """Let a row be failed, unless it is already, or was not to be sent.

        What comes back while a row is still being sent, or waits to be sent again, did go out: it is over too.
        """


class Standings(Protocol):
    """Knows how addresses stand."""

    async def state_of(self, key: str) -> Standing | None:
        """Return how an address stands, by its id."""

    async def suppressions(self) -> Mapping[str, str]:
        """Return why no mail goes there, by the ids of the addresses."""

    async def suppressed(self, after: str, limit: int) -> Sequence[Standing]:
        """Return the addresses that get no mail, by address, those after one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bouncing:
    """What is needed of mail that comes back."""

    addresses: Repository[Standing]
    standings: Standings
    sent: Sent
    terms: BounceTerms


class Choices(Protocol):
    """Knows who chose which reports."""

    async def quiet(self) -> frozenset[str]:
        """Return the ids of the choices of those who want no report at once."""

    async def declined(self) -> frozenset[str]:
        """Return the ids of the choices of those who want no digest that a list brings them."""

    async def digest_readers(self) -> Sequence[str]:
        """Return the addresses of those who chose the digest."""


class KnownDigests(Protocol):
    """Knows the digests."""

    async def state_of(self, key: str) -> Digest | None:
        """Return what was made up for a week, if anything was."""


class KnownMonths(Protocol):
    """Knows what was chosen for which month."""

    async def state_of(self, key: str) -> MonthChoice | None:
        """Return what was chosen, if anything was."""


class Briefs(Protocol):
    """Knows a little of every postmortem."""

    async def briefs(self) -> Sequence[Brief]:
        """Return what is known of each."""

    async def brief(self, postmortem_id: str) -> Brief | None:
        """Return what is known of one."""

    async def restricted(self, ids: Collection[str]) -> frozenset[str]:
        """Return which of these only some may see."""


class DigestPrinter(Protocol):
    """Makes the mails of digests."""

    def message_id(self, week: str, recipient: str) -> str:
        """Return the Message-ID, the same for the same week and recipient for ever."""

    def mail(self, digest: Digest, delivery: Delivery) -> bytes:
        """Return the bytes for the wire, the same for the same digest and delivery for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What weekly digests need."""

    preferences: Repository[MailPreference]
    choices: Choices
    digests: Repository[Digest]
    known_digests: KnownDigests
    months: Repository[MonthChoice]
    known_months: KnownMonths
    briefs: Briefs
    printer: DigestPrinter
    plan: Plan


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
    ledger: Ledger
    audiences: Audiences
    printer: Printer
    notices: NoticePrinter
    terms: Terms
    bouncing: Bouncing
    sharing: Sharing
    clock: Clock
    wake: asyncio.Event
