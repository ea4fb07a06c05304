"""What the gateway needs from the world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.gateway.domain.access import ApiKey
from services.gateway.domain.addresses import Network
from services.gateway.domain.api_keys import Digests, StoredKey
from services.gateway.domain.atom import Chosen
from services.gateway.domain.cursor import Cursors, Position
from services.gateway.domain.document import Document
from services.gateway.domain.history import Revision
from services.gateway.domain.hooks import Endpoint, Request
from services.gateway.domain.identity import Roles
from services.gateway.domain.insights import Passage
from services.gateway.domain.links import LinkTokens
from services.gateway.domain.rates import Policy, Quota
from services.gateway.domain.tokens import SigningKey, TokenRules
from services.gateway.domain.view import View
from services.gateway.domain.watching import Noted
from shared.clock import Clock
from shared.contracts.base import Message
from shared.contracts.decision import Reply
from shared.messaging.documents import Repository

TRACEPARENT: ContextVar[str | None] = ContextVar("TRACEPARENT", default=None)
"""The W3C `traceparent` of the request at hand; it goes with every message that the request causes."""


class Unavailable(Exception):
    """The message could not be accepted durably: the caller tries again."""


class Messages(Protocol):
    """The way into the rooms. Everything that returns is durable."""

    async def report(self, id: str, message: Message) -> None:
        """Say a message and do not wait for an answer. Raises: Unavailable."""

    async def ask(self, id: str, command: Message, patience: float) -> Reply | None:
        """Give a command, wait so many seconds for its reply; None: accepted, no reply yet. Raises: Unavailable."""

    async def park(self, id: str, body: bytes, reason: str, source: str) -> None:
        """Put aside what a verified sender sent and nobody understands. Raises: Unavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list of postmortems is asked for; `after` is (created_at, id) of the last one seen.

    `reader` is the address of who asks: a list shows what that person may see, and whoever builds one has to say.
    """

    reader: str
    q: str | None = None
    status: str | None = None
    severity: str | None = None
    service: str | None = None
    owner: str | None = None
    tag: str | None = None
    after: Position | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """Which reviews a queue is asked for; `after` is (requested_at, id) of the last one seen."""

    state: str
    reviewer: str | None = None
    after: Position | None = None
    limit: int = 50


class Library(Protocol):
    """What people read. There is no way to read without saying who reads: the `reader`, or `seen_by`."""

    async def seen_by(self, reader: str, key: str) -> View | None:
        """Return one view that has a draft, or None when there is none that this person (an address) may see."""

    async def listed(self, wanted: Wanted) -> Sequence[View]:
        """Return views that have a draft and that the reader may see, newest first."""

    async def passages(
        self, reader: str, since: datetime, until: datetime, severity: str | None, service: str | None
    ) -> Sequence[Passage]:
        """Return how far those have come that the reader may see, ended from `since` until before `until`."""

    async def has_heard(self, key: str, ids: Collection[str]) -> bool:
        """Say whether all of these facts are in the view."""

    async def heads(self, keys: Collection[str]) -> Mapping[str, View]:
        """Return views without their long texts, by id; those without a draft are left out."""

    async def published(self, chosen: Chosen, seen_by: str, limit: int) -> Sequence[View]:
        """Return what was published, the latest publication or correction first, without its long texts."""

    async def meetings(self, since: datetime, seen_by: str) -> Sequence[View]:
        """Return the postmortems whose meetings end after this time, by that time, without their long texts."""

    async def queued(self, queued: Queued, seen_by: str) -> Sequence[View]:
        """Return what was submitted for review, whoever waits for longest first, without its long texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the feed: the number of its item, and the id to come back with."""

    number: int
    id: str


class Feed(Protocol):
    """What happened, in one order for everybody: whoever has seen a number has seen all that are smaller."""

    async def append(self, noted: Noted) -> None:
        """Put an item at the end, unless it is in the feed."""

    async def newest(self) -> Place:
        """Return the end of the feed."""

    async def place_of(self, id: str) -> Place | None:
        """Return where an item stands, or None when it is too old or was never there."""

    async def after(self, number: int, limit: int) -> Sequence[tuple[int, Noted]]:
        """Return the items behind a place, oldest first."""


class Links(Protocol):
    """Which generation a person's secret links are of; those of another one are good no more."""

    async def generation(self, email: str) -> int:
        """Return a person's generation; 0 before the first rotation."""

    async def rotate(self, email: str, cause: str) -> int:
        """Begin a new generation, once for each cause; return the one that is now."""


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

        Unless another request with the same content has it, it is this request's until then: until it is released, or
        that time has come, since whoever had it may have crashed.
        """

    async def release(self, id: str, until: datetime) -> None:
        """Let others have a command that was this request's until then. Does not fail: the time comes anyway."""

    async def find(self, id: str) -> Given | None:
        """Return a command, or None when nobody knows it any more."""


class Unreachable(Exception):
    """A subscriber does not answer, or is not to be asked right now."""


class Barred(Exception):
    """A subscriber is where nothing may be called."""


class Caller(Protocol):
    """The way out to subscribers."""

    async def call(self, endpoint: Endpoint, request: Request) -> int:
        """Send once, follow nothing, return the HTTP status; no more of the answer is kept.

        Raises: Unreachable, Barred.
        """


class Calls(Protocol):
    """Remembers which calls are done with, for longer than anything is news."""

    async def is_done(self, id: str) -> bool:
        """Say whether a call was taken."""

    async def done(self, id: str) -> None:
        """Remember that a call was taken; safe to repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Everything that telling subscribers needs; `endpoints` by name."""

    endpoints: Mapping[str, Endpoint]
    caller: Caller
    calls: Calls
class KnownKeys(Protocol):
    """API keys that are kept, as the door needs them."""

    async def find(self, id: str) -> StoredKey | None:
        """Return the key with this id, as it was at most a few seconds ago."""

    async def used(self, key: StoredKey, at: datetime) -> None:
        """Remember that a key was used. Does not fail: what was asked for matters more."""


class Keys(KnownKeys, Protocol):
    """API keys that are kept, as an admin needs them."""

    async def create(self, key: StoredKey) -> bool:
        """Keep a new key; False when its id is taken, then nothing was done."""

    async def listed(self) -> Sequence[StoredKey]:
        """Return every key that was ever made, the oldest first."""

    async def revoke(self, id: str, at: datetime) -> StoredKey | None:
        """End a key and return it; one that was revoked before stays as it is. None: there is no such key."""


class IssuerAway(Exception):
    """The provider cannot be asked for its keys; worth trying again after `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Issuer(Protocol):
    """The OpenID provider."""

    async def keys(self, kid: str | None) -> Sequence[SigningKey]:
        """Return its keys, fetched anew when none is called `kid` and that is allowed again. Raises: IssuerAway."""


class Rates(Protocol):
    """Counts requests."""

    async def take(self, policy: Policy, who: str) -> Quota:
        """Count one request; return what is left, and whether it was one too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """The provider whose access tokens are taken, and what its claims mean here."""

    issuer: Issuer
    rules: TokenRules
    roles: Roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """By what callers are known: keys of the settings, keys that are kept, access tokens."""

    configured: Sequence[ApiKey]
    kept: KnownKeys
    digests: Digests
    oidc: Oidc | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the handlers use. `secrets`: webhook source -> its secrets, any of which is good.

    `view` reads a postmortem whoever may see it. It is for what the room tells by itself, and decides then who is told.
    """

    messages: Messages
    library: Library
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
    patience: float = 5.0
