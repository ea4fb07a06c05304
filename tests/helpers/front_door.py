"""The gateway over fakes, and a client for it: what the door does, with no room behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import httpx
import limits
from pymongo.errors import AutoReconnect

from services.gateway.adapters import CountedRates, RecentKeys, WeasyPrinter
from services.gateway.app import web
from services.gateway.domain.access import ApiKey
from services.gateway.domain.addresses import Network
from services.gateway.domain.api_keys import Digests
from services.gateway.domain.atom import Chosen
from services.gateway.domain.cursor import Cursors
from services.gateway.domain.insights import Passage, passage
from services.gateway.domain.links import LinkTokens
from services.gateway.domain.rates import Policy
from services.gateway.domain.restriction import sees
from services.gateway.domain.view import View
from services.gateway.handlers.hub import Hub
from services.gateway.ports import ACCEPT_WITHIN_S, Deps, Given, Identities, Kept, Oidc, Queued, Unavailable, Wanted
from shared.contracts.base import Message
from shared.contracts.commands import Role
from shared.contracts.decision import Reply
from shared.contracts.events import Snapshot
from shared.messaging.broker import Bus
from shared.messaging.service import Service
from shared.mongo import TRANSIENT
from shared.testing import FixedClock, InMemoryDocuments, in_memory
from tests.helpers.builders import NOW
from tests.helpers.fakes import FakeHistory, FakeKeys, no_hooks
from tests.helpers.watching import FakeFeed, FakeLinks

PAGERDUTY_SECRET = "a secret for tests"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRETS = {
    "pagerduty": (PAGERDUTY_SECRET,),
    "alertmanager": ("old token", "new token"),
    "opsgenie": ("a token",),
    "grafana-oncall": ("a token",),
    "incident-io": (WHSEC,),
    "cloudevents": ("a token",),
}


@dataclass
class FakeMessages:
    """Keeps what goes into the rooms; `reply` is what they answer, `down` makes everything unavailable.

    `stuck` lets nothing come back, as a broker does that is frozen.
    """

    said: list[tuple[str, Message]] = field(default_factory=list)
    parked: list[tuple[str, bytes, str]] = field(default_factory=list)
    reply: Reply | None = field(default_factory=Reply)
    down: bool = False
    stuck: bool = False

    async def report(self, id: str, message: Message) -> None:
        await self.ask(id, message, 0)

    async def ask(self, id: str, command: Message, patience: float) -> Reply | None:
        if self.down:
            raise Unavailable("the bus is down")
        if self.stuck:
            await asyncio.Event().wait()
        self.said.append((id, command))
        return self.reply

    async def park(self, id: str, body: bytes, reason: str, source: str) -> None:
        self.parked.append((id, body, reason))


class FakeLibrary:
    """A library over documents in memory; `down` makes it raise what the driver of the real one raises."""

    def __init__(self, documents: InMemoryDocuments[View]) -> None:
        self.documents = documents
        self.down = False

    async def seen_by(self, reader: str, key: str) -> View | None:
        if self.down:
            raise AutoReconnect("connection closed")
        view = self.documents.states.get(key)
        return view if view and sees(reader, view) else None

    async def listed(self, wanted: Wanted) -> Sequence[View]:
        found = [
            ((view.created_at, view.id), view)
            for view in self.documents.states.values()
            if view.draft and view.created_at and _is_wanted(view, view.draft, wanted)
        ]
        newest = sorted(found, key=lambda each: each[0], reverse=True)
        return [view for at, view in newest if wanted.after is None or at < wanted.after][: wanted.limit]

    async def passages(
        self, reader: str, since: datetime, until: datetime, severity: str | None, service: str | None
    ) -> Sequence[Passage]:
        seen = (view for view in self.documents.states.values() if sees(reader, view))
        found = [each for view in seen if (each := passage(view))]
        return [
            each
            for each in found
            if since <= each.resolved < until
            and severity in (None, each.severity)
            and (service is None or service in each.services)
        ]

    async def has_heard(self, key: str, ids: Collection[str]) -> bool:
        return True

    async def heads(self, keys: Collection[str]) -> Mapping[str, View]:
        if self.down:
            raise AutoReconnect("connection closed")
        return {id: view for id, view in self.documents.states.items() if id in keys and view.draft}

    async def published(self, chosen: Chosen, seen_by: str, limit: int) -> Sequence[View]:
        found = [
            (view.publication.published_at, view.id, view)
            for view in self.documents.states.values()
            if view.publication
            and chosen.service in (None, *view.publication.services)
            and chosen.severity in (None, view.publication.severity)
        ]
        newest = sorted(found, key=lambda each: each[:2], reverse=True)
        return [view for *_, view in newest if sees(seen_by, view)][:limit]

    async def meetings(self, since: datetime, seen_by: str) -> Sequence[View]:
        found = [(view.meeting.end, view.id, view) for view in self.documents.states.values() if view.meeting]
        soonest = sorted(found, key=lambda each: each[:2])
        return [view for end, _, view in soonest if end > since and sees(seen_by, view)]

    async def queued(self, queued: Queued, seen_by: str) -> Sequence[View]:
        found = [
            ((view.review.requested_at, view.id), view)
            for view in self.documents.states.values()
            if view.review.requested_at and view.status() == queued.state and sees(seen_by, view)
        ]
        asked = [
            (at, view)
            for at, view in sorted(found, key=lambda each: each[0])
            if queued.reviewer in (None, *(reviewer.email for reviewer in view.review.reviewers))
        ]
        return [view for at, view in asked if queued.after is None or at > queued.after][: queued.limit]


def _is_wanted(view: View, draft: Snapshot, wanted: Wanted) -> bool:
    words = (wanted.q or "").lower().split()
    text = " ".join((draft.title, *draft.report.values())).lower()
    return (
        sees(wanted.reader, view)
        and wanted.severity in (None, draft.severity)
        and wanted.status in (None, view.status())
        and wanted.owner in (None, draft.owner.email)
        and (wanted.service is None or wanted.service in draft.services)
        and (wanted.tag is None or wanted.tag in draft.tags)
        and (not words or any(word in text for word in words))
    )


@dataclass
class FakeCommands:
    """Remembers commands for as long as the test runs."""

    clock: FixedClock
    given: dict[str, Given] = field(default_factory=dict)
    busy: dict[str, datetime] = field(default_factory=dict)

    async def remember(self, given: Given, until: datetime | None) -> Kept:
        first = self.given.setdefault(given.id, given)
        is_busy = given.id in self.busy and self.busy[given.id] > self.clock.now()
        if until and not is_busy and first.fingerprint == given.fingerprint:
            self.busy[given.id] = until
        return Kept(given=first, busy=is_busy)

    async def release(self, id: str, until: datetime) -> None:
        if self.busy.get(id) == until:
            del self.busy[id]

    async def find(self, id: str) -> Given | None:
        return self.given.get(id)


NO_LIMITS: Mapping[Policy, str] = dict.fromkeys(Policy, "1000000/hour")
SECRET_KEY = "a secret key for tests, long enough"


@dataclass
class Door:
    """The front door for a test: its messages, its library, the keys that it keeps, and a client.

    `rates` are the limits that matter to the test, `oidc` the provider whose tokens it takes.
    """

    messages: FakeMessages = field(default_factory=FakeMessages)
    views: dict[str, View] = field(default_factory=dict)
    rates: Mapping[Policy, str] = field(default_factory=dict)
    oidc: Oidc | None = None
    proxies: Sequence[Network] = ()
    accept_within: float = ACCEPT_WITHIN_S

    def __post_init__(self) -> None:
        clock = self.clock = FixedClock(NOW)
        self.commands = FakeCommands(clock)
        repository, documents, _ = in_memory("gateway", clock)
        documents.states = self.views
        self.library = FakeLibrary(documents)
        self.feed, self.links = FakeFeed(clock), FakeLinks()
        self.keys = FakeKeys()
        self.digests = Digests(SECRET_KEY)
        self.configured = [
            ApiKey(
                key_sha256=sha256(f"key-{role}".encode()).hexdigest(),
                email=f"{role}@example.com",
                name=role.title(),
                role=role,
            )
            for role in Role
        ]
        self.history, self.cursors = FakeHistory(), Cursors(SECRET_KEY)
        self.deps = Deps(
            messages=self.messages,
            history=self.history,
            printer=WeasyPrinter(),
            library=self.library,
            commands=self.commands,
            views=repository,
            view=documents.state_of,
            feed=self.feed,
            links=self.links,
            tokens=LinkTokens(SECRET_KEY),
            identities=Identities(
                configured=self.configured, kept=RecentKeys(self.keys, clock), digests=self.digests, oidc=self.oidc
            ),
            rates=CountedRates({policy: limits.parse(text) for policy, text in {**NO_LIMITS, **self.rates}.items()}),
            proxies=self.proxies,
            secrets=SECRETS,
            public_url="https://afterword.example.com",
            cursors=self.cursors,
            clock=clock,
            hooks=no_hooks(),
            accept_within=self.accept_within,
        )
        service = Service(room="gateway", bus=Bus("amqp://127.0.0.1:1/", "gateway"))
        self.hub = Hub(self.feed, self.library, away=TRANSIENT)
        self.app = web(service, self.deps, self.hub)

    async def send(
        self, method: str, path: str, *, role: str | None = "engineer", peer: str = "127.0.0.1", **how: Any
    ) -> httpx.Response:
        """Send one request with the key of a role, from this address."""
        headers = {**({"Authorization": f"Bearer key-{role}"} if role else {}), **how.pop("headers", {})}
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False, client=(peer, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers, **how)


def is_problem(answer: Any, status: int, rule: str, field: str | None = None) -> bool:
    """Hold an answer to RFC 9457 and to this status, rule and field."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, body["status"], body["rule"]) == (status, status, rule), body
    assert body.get("field") == field
    assert body["type"] == f"/problems/{rule}"
    assert body["detail"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return True
