"""The gateway over fakes, and a client for it: what the door does, with no room behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

import httpx
import limits
from fastapi import FastAPI

from services.gateway.adapters import CountedRates, RecentKeys, WeasyPrinter
from services.gateway.app import routed, serving
from services.gateway.domain.access import ApiKey
from services.gateway.domain.addresses import Network
from services.gateway.domain.api_keys import Digests
from services.gateway.domain.cursor import Cursors
from services.gateway.domain.links import LinkTokens
from services.gateway.domain.rates import Policy
from services.gateway.domain.signing_in import Journeys
from services.gateway.domain.view import View
from services.gateway.handlers.hub import Hub
from services.gateway.ports import ACCEPT_WITHIN_S, Deps, Given, Identities, Kept, Oidc, Provider, SignIn, Unavailable
from shared.contracts.base import BaseMessage
from shared.contracts.commands import Role
from shared.contracts.decision import Reply
from shared.contracts.links import UnsubscribeLinks
from shared.messaging.broker import Bus
from shared.messaging.service import Service
from shared.mongo import TRANSIENT
from shared.testing import FixedClock, in_memory
from shared.tracing import tracer
from tests.helpers.builders import NOW
from tests.helpers.directory import FakeLists, FakeReviewers
from tests.helpers.fakes import FakeHistory, FakeKeys, no_hooks
from tests.helpers.library import FakeLibrary, FakeVocabulary
from tests.helpers.operating import FakeOperating
from tests.helpers.sessions import FakeSessions
from tests.helpers.watching import FakeFeed, FakeLinks

SECRET_KEY = "a secret key for tests, long enough"
LINKS = UnsubscribeLinks.of(SECRET_KEY)
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

    said: list[tuple[str, BaseMessage]] = field(default_factory=list)
    parked: list[tuple[str, bytes, str]] = field(default_factory=list)
    reply: Reply | None = field(default_factory=Reply)
    down: bool = False
    stuck: bool = False

    async def report(self, id: str, message: BaseMessage) -> None:
        await self.ask(id, message, 0)

    async def ask(self, id: str, command: BaseMessage, patience: float) -> Reply | None:
        if self.down:
            raise Unavailable("the bus is down")
        if self.stuck:
            await asyncio.Event().wait()
        self.said.append((id, command))
        return self.reply

    async def park(self, id: str, body: bytes, reason: str, source: str) -> None:
        self.parked.append((id, body, reason))


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
        self.answered(id, until)

    def answered(self, id: str, until: datetime) -> None:
        if self.busy.get(id) == until:
            del self.busy[id]

    async def find(self, id: str) -> Given | None:
        return self.given.get(id)


def _routed() -> FastAPI:
    return routed(Service(room="gateway", bus=Bus("amqp://127.0.0.1:1/", "gateway")))


@cache
def _untraced() -> FastAPI:
    """Return the routes, which are the same behind every door: the framework takes longer over them than most tests."""
    return _routed()


NO_LIMITS: Mapping[Policy, str] = dict.fromkeys(Policy, "1000000/hour")


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
    provider: Provider | None = None
    is_development: bool = False
    has_tls: bool = False

    def __post_init__(self) -> None:
        clock = self.clock = FixedClock(NOW)
        self.commands = FakeCommands(clock)
        repository, documents, _ = in_memory("gateway", clock)
        documents.states = self.views
        self.library = FakeLibrary(documents)
        self.feed, self.links = FakeFeed(clock), FakeLinks()
        self.keys = FakeKeys()
        self.reviewers, self.lists = FakeReviewers(), FakeLists()
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
        self.sessions = FakeSessions()
        self.as_anybody = [key for key in self.configured if key.role is not Role.TOOL] if self.is_development else []
        self.history, self.cursors = FakeHistory(), Cursors(SECRET_KEY)
        self.deps = Deps(
            messages=self.messages,
            history=self.history,
            printer=WeasyPrinter(),
            library=self.library,
            vocabulary=FakeVocabulary(documents),
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
            reviewers=self.reviewers,
            memberships=in_memory("gateway", clock)[0],
            lists=self.lists,
            list_views=in_memory("gateway", clock)[0],
            unsubscribe_links=LINKS,
            sign_in=SignIn(
                sessions=self.sessions,
                journeys=Journeys(SECRET_KEY),
                provider=self.provider,
                as_anybody=self.as_anybody,
                secure=self.has_tls,
            ),
        )
        self.hub = Hub(self.feed, self.library, away=TRANSIENT)
        self.app = serving(_routed() if tracer() else copy(_untraced()), self.deps, self.hub)
        self.operating = FakeOperating()
        self.app.state.operating = self.operating.whole()

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
