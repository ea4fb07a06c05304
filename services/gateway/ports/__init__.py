"""What the gateway needs from the world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.gateway.domain.addresses import Network
from services.gateway.domain.atom import Chosen
from services.gateway.domain.community import Part
from services.gateway.domain.cursor import Cursors, Position
from services.gateway.domain.directory import KnownList, KnownReviewer
from services.gateway.domain.document import Document
from services.gateway.domain.history import Revision
from services.gateway.domain.insights import Passage
from services.gateway.domain.links import LinkTokens
from services.gateway.domain.search import Wanted
from services.gateway.domain.view import View
from services.gateway.ports.days import Days
from services.gateway.ports.directory import Lists, Reviewers, Shelf, Witnessing
from services.gateway.ports.following import Following
from services.gateway.ports.hooks import Barred, Caller, Calls, Hooks, Unreachable
from services.gateway.ports.identity import Identities, Issuer, IssuerAway, Keys, KnownKeys, Oidc, Rates, Roster
from services.gateway.ports.related import Neighbours
from services.gateway.ports.searching import Facets, TooWide, Vocabulary
from services.gateway.ports.sessions import Provider, Redeemed, Sessions, SignIn
from services.gateway.ports.watching import Feed, Links, Place
from shared.clock import Clock
from shared.contracts.action_items import ActionItem
from shared.contracts.base import BaseMessage, Severity
from shared.contracts.community import ReviewerChanged
from shared.contracts.decision import Reply
from shared.contracts.links import UnsubscribeLinks
from shared.contracts.lists import ListChanged
from shared.contracts.values import Incident
from shared.messaging.documents import Repository

__all__ = [
    "ACCEPT_WITHIN_S",
    "TRACEPARENT",
    "Barred",
    "Caller",
    "Calls",
    "CannotPrint",
    "Commands",
    "Deps",
    "Facets",
    "Feed",
    "Given",
    "History",
    "Hooks",
    "Identities",
    "Issuer",
    "IssuerAway",
    "Kept",
    "Keys",
    "KnownKeys",
    "Library",
    "Links",
    "Lists",
    "Messages",
    "Oidc",
    "Place",
    "Printer",
    "Provider",
    "Queued",
    "Rates",
    "Redeemed",
    "Reviewers",
    "Roster",
    "Sessions",
    "Shelf",
    "SignIn",
    "TooWide",
    "Unavailable",
    "Unreachable",
    "Vocabulary",
    "Wanted",
]

ACCEPT_WITHIN_S = 3.0
"""How long an incident tool waits for our word at most; the least patient hangs up after 4 seconds."""
TRACEPARENT: ContextVar[str | None] = ContextVar("TRACEPARENT", default=None)
"""The W3C `traceparent` of the request at hand; it goes with every message that the request causes."""


class Unavailable(Exception):
    """The message could not be accepted durably: the caller tries again."""


class Messages(Protocol):
    """The way into the rooms. Everything that returns is durable."""

    async def report(self, id: str, message: BaseMessage) -> None:
        """Say a message and do not wait for an answer. Raises: Unavailable."""

    async def ask(self, id: str, command: BaseMessage, patience: float) -> Reply | None:
        """Give a command, wait so many seconds for its reply; None: accepted, no reply yet. Raises: Unavailable."""

    async def park(self, id: str, body: bytes, reason: str, source: str) -> None:
        """Put aside what a verified sender sent and nobody understands. Raises: Unavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """Which reviews a queue is asked for; `after` is (requested_at, id) of the last one seen."""

    state: str
    reviewer: str | None = None
    after: Position | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedItems:
    """What a list of action items is asked for, by whom and when; `after` is (due, id) of the last one seen."""

    reader: str
    now: datetime
    owner: str | None = None
    state: str | None = None
    overdue: bool | None = None
    severity: str | None = None
    service: str | None = None
    after: Position | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedItem:
    """An action item and the postmortem that it follows from."""

    postmortem_id: str
    title: str
    severity: str
    services: tuple[str, ...]
    incident: Incident
    item: ActionItem


class Library(Days, Following, Neighbours, Witnessing, Protocol):
    """What people read. There is no way to read without saying who reads: the `reader`, or `seen_by`."""

    async def seen_by(self, reader: str, key: str) -> View | None:
        """Return one view that has a draft, or None when there is none that this person (an address) may see."""

    async def listed(self, wanted: Wanted) -> Sequence[View]:
        """Return views with a draft that the reader may see, newest first; skipped ones only by their status.

        They have their texts where words are searched for. Raises: TooWide.
        """

    async def facets(self, wanted: Wanted) -> Facets:
        """Return how many of what a search finds have each facet, whatever page is asked for. Raises: TooWide."""

    async def passages(
        self, reader: str, since: datetime, until: datetime, severity: str | None, service: str | None
    ) -> Sequence[Passage]:
        """Return how far those have come that the reader may see, ended from `since` until before `until`."""

    async def parts(self, reader: str, since: datetime) -> Sequence[Part]:
        """Return who was asked for a review since then, of the postmortems that the reader may see."""

    async def items(self, wanted: WantedItems) -> Sequence[ListedItem]:
        """Return action items of the postmortems that the reader may see, what is due first first."""

    async def heads(self, keys: Collection[str]) -> Mapping[str, View]:
        """Return views without their long texts, by id; those without a draft are left out."""

    async def published(self, chosen: Chosen, seen_by: str, limit: int) -> Sequence[View]:
        """Return what was published, the latest publication or correction first, without its long texts.

        Raises: TooWide.
        """

    async def meetings(self, since: datetime, seen_by: str) -> Sequence[View]:
        """Return the postmortems whose meetings end after this time, by that time, without their long texts."""

    async def queued(self, queued: Queued, seen_by: str) -> Sequence[View]:
        """Return what was submitted for review, whoever waits for longest first, without its long texts."""


class History(Protocol):
    """Every revision of every postmortem, as it was written."""

    async def keep(self, revision: Revision) -> None:
        """Keep a revision; of several that tell of the same one, the first that was said. Safe to repeat."""

    async def revisions(self, id: str, before: int | None, limit: int) -> Sequence[Revision]:
        """Return a postmortem's revisions, newest first, those older than `before`."""

    async def revision(self, id: str, number: int) -> Revision | None:
        """Return one revision."""


class Printer(Protocol):
    """Makes a document that can be given away out of a revision."""

    def html(self, document: Document) -> bytes:
        """Return a page that stands alone: no scripts, no images, nothing that is fetched. UTF-8."""

    def pdf(self, document: Document) -> bytes:
        """Return a PDF. Raises: CannotPrint where the libraries for it are missing."""


class CannotPrint(Exception):
    """The machine lacks what it takes; says what to install."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A command as it was given: enough to give it again under the same id."""

    id: str
    principal: str
    fingerprint: str
    address: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The command that was kept under an id first; `busy`: another request with it is still running."""

    given: Given
    busy: bool = False


class Commands(Protocol):
    """Remembers commands for as long as an idempotency key is good (48 hours)."""

    async def remember(self, given: Given, until: datetime | None) -> Kept:
        """Keep a command; return the one that was kept under this id first.

        Unless another request of this content has it, it is this one's until then, or until its release.
        """

    async def release(self, id: str, until: datetime) -> None:
        """Let others have a command that was this request's until then. Does not fail: the time comes anyway."""

    def answered(self, id: str, until: datetime) -> None:
        """Do the same in a while: for a second another gateway may still find it in use."""

    async def find(self, id: str) -> Given | None:
        """Return a command, or None when nobody knows it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the handlers use. `secrets`: webhook source -> its secrets, any of which is good.

    `view` reads a postmortem whoever may see it. It is for what the room tells by itself, and decides then who is told.
    `patience`: how many seconds a command waits for its reply. `accept_within`: how many an incident tool waits at most
    (the least patient hangs up after 4). `severities`: the organisation's words for them; `timezone`: of its days.
    """

    messages: Messages
    library: Library
    vocabulary: Vocabulary
    views: Repository[View]
    view: Callable[[str], Awaitable[View | None]]
    history: History
    printer: Printer
    commands: Commands
    feed: Feed
    links: Links
    tokens: LinkTokens
    identities: Identities
    rates: Rates
    proxies: Sequence[Network]
    secrets: Mapping[str, Sequence[str]]
    public_url: str
    cursors: Cursors
    clock: Clock
    hooks: Hooks
    reviewers: Reviewers
    memberships: Repository[KnownReviewer]
    lists: Lists
    list_views: Repository[KnownList]
    unsubscribe_links: UnsubscribeLinks
    sign_in: SignIn
    patience: float = 5.0
    accept_within: float = ACCEPT_WITHIN_S
    severities: Mapping[str, Severity] = field(default_factory=dict)
    timezone: str = "UTC"

    def shelf(self, names: Collection[str]) -> Shelf:
        """Return what facts of these names go into; those that one command causes are all about one thing."""
        if ReviewerChanged.name in names:
            return self.reviewers
        return self.lists if ListChanged.name in names else self.library
