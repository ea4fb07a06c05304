"""Incidents, driven over HTTP as tools and people do: each request is sent again until it is answered for good."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.contracts.base import derived_id, postmortem_id

SOURCE = "chaos"
PATIENCE_S = 900.0
AGAIN = frozenset({202, 429, 502, 503, 504})
"""Answers after which a well-behaved caller sends the same request again."""
SECTIONS = {
    "overview": "Checkout answered slowly for forty minutes.\n",
    "what_happened": "A deployment halved the pool of connections; requests queued up behind it.\n",
    "contributing_factors": "The default of the pool changed with a version of the library.\n",
    "resolution": "The size of the pool is set by us now.\n",
    "impact": "One order in nine timed out; the shop sent all of them again.\n",
}
Json = dict[str, Any]


class Stuck(Exception):
    """A request was not answered for good, or what it should bring about did not come."""


@dataclass
class Driven:
    """What became of the load: postmortems that reached their end, ids of accepted messages, and odd answers."""

    done: list[str] = field(default_factory=list)
    accepted: dict[str, set[str]] = field(default_factory=dict)
    stuck: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Callers:
    """The people of the stack and the way to its gateway."""

    client: httpx.AsyncClient
    keys: Mapping[str, Any]
    driven: Driven

    def first(self, role: str) -> str:
        """Return the first person with this role."""
        return next(email for email, known in self.keys.items() if known["role"] == role)

    async def send(
        self,
        who: str,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        fine: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request until it is answered; return an answer that is not "try again". Raises: Stuck."""
        sent = {"Authorization": f"Bearer {self.keys[who]['key']}", **(headers or {})}
        answer = ""
        async for _ in patiently():
            try:
                response = await self.client.request(method, path, json=body, headers=sent)
            except httpx.TransportError as error:
                answer = type(error).__name__
            else:
                answer = str(response.status_code)
                if response.status_code == fine or not _is_to_be_repeated(response):
                    return response
            self.driven.answers[answer] += 1
        raise Stuck(f"{method} {path}: {answer}")


def _is_to_be_repeated(response: httpx.Response) -> bool:
    """Say whether nothing is decided yet: somebody is away, or an earlier try is still running or has crashed."""
    is_conflict = response.status_code == httpx.codes.CONFLICT
    return response.status_code in AGAIN or (is_conflict and response.json()["rule"] == "idempotency-key-in-use")


async def patiently() -> AsyncIterator[int]:
    """Count tries, a little longer apart each time, until patience is at its end."""
    pause, number, now = 0.2, 0, asyncio.get_running_loop().time
    end = now() + PATIENCE_S
    while now() < end:
        yield number
        await asyncio.sleep(pause)
        pause, number = min(pause * 1.3, 3.0), number + 1


class Incident:
    """One incident, from its first event to its publication."""

    def __init__(self, number: str, callers: Callers) -> None:
        self.number = number
        self.callers = callers
        self.id = postmortem_id(SOURCE, number)
        self.path = f"/v1/postmortems/{self.id}"
        self.refused: Counter[str] = Counter()

    async def drive(self) -> None:
        """Report it, then do what is next until it is published. Raises: Stuck."""
        for event in self.events():
            await self._report(event)
        status = "unknown"
        async for _ in patiently():
            answer = await self.callers.send(self.callers.first("engineer"), "GET", self.path)
            if answer.status_code == httpx.codes.OK:
                seen = answer.json()
                status = seen["status"]
                if status == "published":
                    return
                await self._go_on(seen, answer.headers["ETag"])
        raise Stuck(f"it stays {status}")

    def events(self) -> list[Json]:
        """Return what the tool reports: the incident opened, its commander, and its end."""
        commander = {"name": "Sample Commander", "email": f"commander-{self.number}@example.com"}
        known = {"source": SOURCE, "external_id": self.number}
        opened = {"title": f"Checkout answers slowly ({self.number})", "severity": "sev2", "services": ["checkout"]}
        people = [{**commander, "role": "incident_commander"}]
        return [
            {**known, **opened, "kind": "opened", "occurred_at": "2026-03-02T09:00:00Z"},
            {**known, "people": people, "kind": "role_assigned", "occurred_at": "2026-03-02T09:05:00Z"},
            {**known, "kind": "resolved", "occurred_at": "2026-03-02T09:40:00Z"},
        ]

    async def _report(self, event: Json) -> None:
        answer = await self.callers.send(self.callers.first("tool"), "POST", "/v1/incidents", event, fine=202)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise Stuck(f"POST /v1/incidents: {answer.status_code} {answer.text[:300]}")
        self.callers.driven.accepted.setdefault(self.id, set()).add(answer.json()["message_id"])

    async def _go_on(self, seen: Json, etag: str) -> None:
        """Do what is next, as far as it can be seen; an event that came late may make an earlier step due again."""
        author, admin = self.callers.first("engineer"), self.callers.first("admin")
        revision, meeting = str(seen["revision"]), seen["meeting"]["status"]
        if seen["status"] in ("draft", "changes_requested"):
            if seen["sections"].get("overview") != SECTIONS["overview"]:
                await self._do(author, "PATCH", "", revision, {"sections": SECTIONS}, **{"If-Match": etag})
            else:
                await self._do(author, "POST", "/submit", revision)
        elif seen["status"] == "in_review":
            for reviewer in _still_to_approve(seen):
                verdict = {"revision": seen["revision"], "verdict": "approve"}
                await self._do(reviewer, "POST", "/reviews", revision, verdict)
        elif meeting == "scheduled":
            await self._do(admin, "POST", "/meeting/end", revision)
        elif meeting == "ended":
            await self._do(admin, "POST", "/publish", revision)

    async def _do(
        self, who: str, method: str, path: str, revision: str, body: Json | None = None, **headers: str
    ) -> None:
        """Do something once, however often it is sent; after a refusal, do it anew when it is still due."""
        step = f"{method} {path} {who} {revision}"
        key = derived_id(self.id, step, str(self.refused[step]))
        answer = await self.callers.send(
            who, method, self.path + path, body, headers={"Idempotency-Key": key, **headers}
        )
        if answer.status_code != httpx.codes.OK:
            self.refused[step] += 1
            self.callers.driven.answers[f"{answer.status_code} {answer.json().get('rule')}"] += 1


def _still_to_approve(seen: Json) -> list[str]:
    review = seen["review"]
    approved = {approval["email"] for approval in review["approvals"]}
    return [person["email"] for person in review["reviewers"] if person["email"] not in approved]


@asynccontextmanager
async def callers(
    url: str, keys: Mapping[str, Any], driven: Driven, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Callers]:
    """Give people a way to the gateway while the block runs."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=url, timeout=20.0, limits=limits, transport=transport) as client:
        yield Callers(client, keys, driven)


async def drive(who: Callers, numbers: Iterator[str], side_by_side: int, tell: Callable[[Driven], None]) -> None:
    """Drive incidents, so many at a time, until there are no more numbers; `tell` is called when one has ended."""

    async def one_after_the_other() -> None:
        for number in numbers:
            incident = Incident(number, who)
            try:
                await incident.drive()
                who.driven.done.append(incident.id)
            except Stuck as stuck:
                who.driven.stuck.append(f"{incident.id}: {stuck}")
            tell(who.driven)

    await asyncio.gather(*(one_after_the_other() for _ in range(side_by_side)))
