"""The broker is away for half a minute while tools post: they hear 503, and nothing that was accepted is lost.

Frozen, since a broker that answers nothing makes whoever waits for it hang, killed, and stopped in its node. Each takes
a minute, so only with AFTERWORD_FAULTS=all (`make faults`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
import pytest

from deploy.demo import AUTHOR
from deploy.demo.driver import Driver, Json
from shared.clock import new_id
from shared.contracts.base import postmortem_id
from tests.faults.broker import BrokerControl
from tests.faults.stack import Stack
from tests.helpers.lives import OWN_FORM, Sent, proven
from tests.helpers.long_run import in_long_runs
from tests.integration.kernel_room import eventually

AWAY_S = 30.0
RATE_S = 0.15
"""So many seconds lie between two events of one incident."""
PATIENCE_S = {OWN_FORM: 5.0, "pagerduty": 5.0, "grafana-oncall": 4.0}
"""After so many seconds a tool hangs up. We post to /v1/incidents with the patience of PagerDuty."""
BEGAN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ACCEPTED, AGAIN, UNHEARD = 202, 503, 0
UNREACHED = (httpx.ConnectTimeout, httpx.NetworkError, httpx.RemoteProtocolError)
"""A machine that is too busy to connect, or a connection that was just closed for having been idle: tools try again."""
Ways = dict[str, tuple[Callable[[BrokerControl], None], Callable[[BrokerControl], None]]]
WAYS: Ways = {
    "frozen": (BrokerControl.freeze, BrokerControl.thaw),
    "killed": (BrokerControl.kill, BrokerControl.start),
    "stopped": (BrokerControl.stop_app, BrokerControl.start_app),
}
pytestmark = [pytest.mark.timeout(400), in_long_runs]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything, with a broker of our own."""
    with Stack(tmp_path_factory.mktemp("outage")) as started:
        if started.servers.rabbitmq.kind != "native":
            pytest.skip("only a broker of this machine's own can be frozen and killed")
        yield started


@dataclass
class Heard:
    """What one event was answered: every status, in order."""

    at: datetime
    statuses: list[int] = field(default_factory=list)


@dataclass
class Incident:
    """An incident of one tool, which posts an event of it at a steady rate and keeps what it was answered."""

    tool: str
    secret: str
    client: httpx.AsyncClient
    id: str = field(default_factory=lambda: "Q" + new_id().replace("-", "")[-13:].upper())
    heard: dict[datetime, Heard] = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def postmortem(self) -> str:
        """The id of its postmortem."""
        return postmortem_id("outage" if self.tool == OWN_FORM else self.tool, self.id)

    async def happen(self) -> None:
        """Open, post a note at every tick, come to an end when told to. Every third note is never sent again."""
        await self.post("opened", 0, patiently=True)
        async with asyncio.TaskGroup() as notes:
            for number in count(1):
                notes.create_task(self.post("note", number, patiently=number % 3 != 0))
                if await self._told_to_end():
                    break
        await self.post("resolved", len(self.heard), patiently=True)

    async def _told_to_end(self) -> bool:
        try:
            async with asyncio.timeout(RATE_S):
                return await self.ended.wait()
        except TimeoutError:
            return False

    async def post(self, kind: str, second: int, *, patiently: bool) -> None:
        """Post one event; a patient tool sends it again after a 503, when it was told to."""
        at = BEGAN + timedelta(seconds=second)
        heard = self.heard[at] = Heard(at)
        while True:
            status, again_in_s = await self._answer(event(self.tool, self.id, kind, at))
            heard.statuses.append(status)
            if status not in (AGAIN, UNHEARD) or not patiently:
                break
            await asyncio.sleep(again_in_s)

    async def _answer(self, sent: Sent) -> tuple[int, float]:
        """Return the status, and when to try again. Raises: httpx.ReadTimeout when the door lets the tool wait."""
        headers = proven(sent, self.secret, datetime.now(UTC))
        try:
            answer = await self.client.post(
                sent.path, content=sent.body, headers=headers, timeout=PATIENCE_S[self.tool]
            )
        except UNREACHED:
            return UNHEARD, 1.0
        if answer.status_code == AGAIN:
            assert answer.json()["rule"] == "not-accepted"
            assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, float(answer.headers.get("Retry-After", 0))


def event(tool: str, id: str, kind: str, at: datetime) -> Sent:
    """Return an event in its tool's form."""
    body = FORMS[tool](id, kind, at.isoformat())
    path = "/v1/incidents" if tool == OWN_FORM else f"/v1/webhooks/{tool}"
    return Sent(path, {"content-type": "application/json"}, httpx.Request("POST", "http://x", json=body).content)


def _own(id: str, kind: str, at: str) -> Json:
    said = {"title": "Search is slow", "severity": "sev2", "entry": {"text": f"It was {at}"}}
    return {"source": "outage", "external_id": id, "kind": kind, "occurred_at": at, **said}


def _pagerduty(id: str, kind: str, at: str) -> Json:
    about = {"id": id, "type": "incident", "title": "Search is slow", "priority": {"id": "P", "summary": "P2"}}
    note = {"id": "N", "type": "incident_note", "content": f"It was {at}", "incident": {"id": id}}
    names = {"opened": "incident.triggered", "note": "incident.annotated", "resolved": "incident.resolved"}
    data = note if kind == "note" else about
    return {"event": {"id": f"{id}-{at}", "event_type": names[kind], "occurred_at": at, "data": data}}


def _oncall(id: str, kind: str, at: str) -> Json:
    names = {"opened": "alert group created", "note": "silence", "resolved": "resolve"}
    group = {"id": id, "title": "Search is slow", "labels": {"severity": "critical"}}
    return {"event": {"type": names[kind], "time": at}, "alert_group_id": id, "alert_group": group}


FORMS: dict[str, Callable[[str, str, str], Json]] = {OWN_FORM: _own, "pagerduty": _pagerduty, "grafana-oncall": _oncall}


async def post_through(stack: Stack, way: str) -> list[Incident]:
    """Let incidents happen while the broker goes away and comes back; return them with what they were answered."""
    control = BrokerControl(stack.site, stack.servers.rabbitmq)
    driver = Driver(stack.run.as_json())
    secrets = {**driver.run["webhook_secrets"], OWN_FORM: driver.key_of(driver.person("tool"))}
    limits = httpx.Limits(max_connections=None, keepalive_expiry=2.0)
    async with httpx.AsyncClient(base_url=stack.run.gateway_url, limits=limits) as client:
        incidents = [Incident(tool, secrets[tool], client) for tool in FORMS for _ in range(2)]
        async with asyncio.TaskGroup() as happening:
            for incident in incidents:
                happening.create_task(incident.happen())
            await _more_are_accepted(incidents)
            async with _away(control, way):
                await asyncio.sleep(AWAY_S)
            await _more_are_accepted(incidents)
            for incident in incidents:
                incident.ended.set()
    return incidents


@asynccontextmanager
async def _away(control: BrokerControl, way: str) -> AsyncIterator[None]:
    go_away, come_back = WAYS[way]
    await asyncio.to_thread(go_away, control)
    try:
        yield
    finally:
        await asyncio.to_thread(come_back, control)


async def _more_are_accepted(incidents: list[Incident]) -> None:
    """Wait until ten more events of each incident are accepted."""
    known = [len(_answered(incident, ACCEPTED)) for incident in incidents]

    async def more() -> bool:
        now = (len(_answered(incident, ACCEPTED)) for incident in incidents)
        return all(count >= before + 10 for count, before in zip(now, known, strict=True))

    await eventually(more, timeout=120)


def _answered(incident: Incident, status: int) -> set[datetime]:
    return {heard.at for heard in incident.heard.values() if status in heard.statuses}


@pytest.mark.parametrize("way", WAYS)
async def test_a_broker_away_for_half_a_minute_is_503_in_time_and_what_was_accepted_is_told_once(
    way: str, stack: Stack
) -> None:
    incidents = await post_through(stack, way)
    driver = Driver(stack.run.as_json(), patience=120.0)
    for incident in incidents:
        answers = {status for heard in incident.heard.values() for status in heard.statuses}
        assert answers - {UNHEARD} == {ACCEPTED, AGAIN}
        accepted, unsure = _answered(incident, ACCEPTED), _answered(incident, AGAIN) | _answered(incident, UNHEARD)
        told = await asyncio.to_thread(_told, driver, incident, accepted)
        assert set(told.values()) == {1}
        assert accepted <= told.keys()
        assert told.keys() <= accepted | unsure


def _told(driver: Driver, incident: Incident, accepted: set[datetime]) -> Counter[datetime]:
    """Wait until everything that was accepted is in the timeline; return how often it tells each event."""
    path = f"/v1/postmortems/{incident.postmortem}"

    def seen() -> Counter[datetime]:
        timeline = driver.get(AUTHOR, path).get("timeline", ())
        return Counter(datetime.fromisoformat(entry["at"]) for entry in timeline)

    return driver.until("all that was accepted", seen, lambda told: accepted <= told.keys())
