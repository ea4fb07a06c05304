"""Drives incidents through a running stack as tools and people do: `python -m tests.bench.pipeline.driver`, a process.

It reads what to do as JSON from its input and writes what it saw as JSON. Every incident: signed webhooks, the owner
reads, edits and submits the draft, both reviewers approve, and when the meeting stands the owner publishes; it is
through when no mail of it waits.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import orjson
import psutil
import uvloop
from pydantic import BaseModel

from deploy.demo import sections
from services.gateway.domain.sources.pagerduty import SIGNATURE, sign
from shared.clock import new_id
from shared.contracts.base import postmortem_id
from tests.bench.line import Answer, Line
from tests.bench.pipeline.company import engineer, service
from tests.bench.pipeline.listening import Ear, Json, Said, listening

OK, ACCEPTED = 200, 202
NOT_YET = frozenset({404, 409, 503})
"""What those are answered who come before a room has heard of it, or whose message nobody confirmed: they ask again."""
TRIES, PAUSE_S = 200, 0.05
DRAIN_S = 120.0
EVENTS = (("incident.triggered", "triggered", 60), ("incident.acknowledged", "acknowledged", 58))
RESOLVED = ("incident.resolved", "resolved", 12)


class Plan(BaseModel):
    """What to do: `at_once` incidents under way, or `rate` a second whatever becomes of earlier ones; in windows."""

    gateway_url: str
    rabbitmq_url: str
    secret: str
    keys: dict[str, str]
    pids: dict[str, list[int]]
    at_once: int = 0
    rate: float = 0.0
    warm_up_s: float
    window_s: float
    windows: int


class Window(BaseModel):
    """What happened in a span of time: incidents that came through, and seconds of CPU of each program."""

    seconds: float
    through: int
    cpu: dict[str, float]


class Result(BaseModel):
    """What was seen: windows; how long incidents and requests took (s); odd answers; what was said, if it is kept."""

    windows: list[Window] = []
    published_s: list[float] = []
    through_s: list[float] = []
    requests_s: dict[str, list[float]] = {}
    odd: dict[str, int] = {}
    said: dict[str, Said] = {}


@dataclass
class Driver:
    """Who drives, and what they have seen."""

    plan: Plan
    line: Line
    ear: Ear
    result: Result = field(default_factory=Result)
    odd: Counter[str] = field(default_factory=Counter)
    through: int = 0
    text: bytes = field(default_factory=lambda: orjson.dumps({"sections": sections()}))

    async def ask(self, what: str, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Ask until nobody says "not yet". Raises: RuntimeError when that has no end, or it is refused."""
        sent = {**headers, "Idempotency-Key": new_id()}
        for _ in range(TRIES):
            began = time.perf_counter()
            answer = await self.line.ask(method, path, body, sent)
            self.result.requests_s.setdefault(what, []).append(time.perf_counter() - began)
            if answer.status in (OK, ACCEPTED):
                self.odd.update([f"{what} 202"] if answer.status == ACCEPTED and what != "webhook" else [])
                return answer
            self.odd[f"{what} {answer.status}"] += 1
            if answer.status not in NOT_YET:
                break
            await asyncio.sleep(PAUSE_S)
        msg = f"{what}: {answer.status} {answer.body[:300]!r}"
        raise RuntimeError(msg)

    async def act(self, what: str, who: str, method: str, path: str, body: bytes = b"", **more: str) -> Answer:
        """Do something as somebody."""
        return await self.ask(what, method, path, body, {"Authorization": f"Bearer {self.plan.keys[who]}", **more})

    async def incident(self, number: int) -> None:
        """Drive one incident from its webhooks to its last mail."""
        id = f"Q{new_id().replace('-', '')[-13:].upper()}"
        about = postmortem_id("pagerduty", id)
        said, path = self.ear.expect(about, *_AWAITED), f"/v1/postmortems/{about}"
        for body in webhooks(id, number):
            signed = {SIGNATURE: sign(body, self.plan.secret)}
            await self.ask("webhook", "POST", "/v1/webhooks/pagerduty", body, signed)
        began = time.perf_counter()
        owner = (await said["DraftCreated.v1"])["owner"]["email"]
        seen = await self.act("read", owner, "GET", path)
        await self.act("edit", owner, "PATCH", path, self.text, **{"If-Match": seen.etag})
        await self.act("submit", owner, "POST", f"{path}/submit")
        await self._approve(path, await said["ReviewersAssigned.v1"])
        await asyncio.gather(said["ReviewApproved.v1"], said["MeetingScheduled.v1"])
        await self.act("publish", owner, "POST", f"{path}/publish")
        await said["Published.v1"]
        self.result.published_s.append(time.perf_counter() - began)
        await said["DeliveryCompleted.v1"]
        self.result.through_s.append(time.perf_counter() - began)
        self.through += 1

    async def _approve(self, path: str, assigned: Json) -> None:
        verdict = orjson.dumps({"revision": assigned["revision"], "verdict": "approve"})
        for reviewer in assigned["reviewers"]:
            await self.act("approve", reviewer["email"], "POST", f"{path}/reviews", verdict)

    def cpu(self) -> dict[str, float]:
        """Return how many seconds of CPU each program has taken so far."""
        return {name: sum(map(_cpu, pids)) for name, pids in self.plan.pids.items()} | {"driver": time.process_time()}


_AWAITED = (
    *("DraftCreated.v1", "ReviewersAssigned.v1", "ReviewApproved.v1", "MeetingScheduled.v1"),
    *("Published.v1", "DeliveryCompleted.v1"),
)


def webhooks(id: str, number: int) -> list[bytes]:
    """Return what PagerDuty sends of an incident: it is triggered, acknowledged, resolved."""
    now, (name, _) = datetime.now(UTC), engineer(number)
    agent = {"id": f"P{number}", "type": "user_reference", "summary": name}
    bodies = []
    for kind, status, minutes in (*EVENTS, RESOLVED):
        data = {
            "id": id,
            "type": "incident",
            "number": number,
            "status": status,
            "urgency": "high",
            "title": "Checkout answers slowly, p99 above 5 s",
            "html_url": f"https://example.com/incidents/{id}",
            "service": {"id": "PLX4M2A", "type": "service_reference", "summary": service(number)},
            "priority": {"id": "PSO75BM", "type": "priority_reference", "summary": "SEV-2"},
        }
        event = {
            "id": f"{id}-{status}",
            "event_type": kind,
            "resource_type": "incident",
            "agent": agent,
            "data": data,
            "occurred_at": (now - timedelta(minutes=minutes)).isoformat(),
        }
        bodies.append(orjson.dumps({"event": event}))
    return bodies


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def windows(driver: Driver) -> None:
    """Watch a few spans of time, after a first one that only warms up."""
    await asyncio.sleep(driver.plan.warm_up_s)
    for store in (driver.result.published_s, driver.result.through_s):
        store.clear()
    driver.result.requests_s.clear()
    for number in range(driver.plan.windows):
        before, through, began = driver.cpu(), driver.through, time.perf_counter()
        await asyncio.sleep(driver.plan.window_s)
        spent = {name: after - before[name] for name, after in driver.cpu().items()}
        window = Window(seconds=time.perf_counter() - began, through=driver.through - through, cpu=spent)
        driver.result.windows.append(window)
        sys.stderr.write(f"window {number + 1}: {window.through / window.seconds:.1f} incidents/s\n")


async def closed(driver: Driver) -> None:
    """Keep so many incidents under way until all windows are over; those that are under way then come to their end."""
    over, numbers = asyncio.Event(), count()

    async def one_after_the_other() -> None:
        while not over.is_set():
            await driver.incident(next(numbers))

    async with asyncio.TaskGroup() as driving:
        for _ in range(driver.plan.at_once):
            driving.create_task(one_after_the_other())
        await windows(driver)
        over.set()


async def opened(driver: Driver) -> None:
    """Begin so many incidents a second until all windows are over, whatever becomes of earlier ones."""
    began, numbers = time.perf_counter(), count()
    async with asyncio.TaskGroup() as driving:
        watching = driving.create_task(windows(driver))
        while not watching.done():
            number = next(numbers)
            due = began + number / driver.plan.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            driving.create_task(driver.incident(number))


async def drive(plan: Plan, work: Callable[[Driver], Awaitable[None]]) -> Result:
    """Drive as planned."""
    driver = Driver(plan, Line(plan.gateway_url), Ear(keeps=work is opened))
    gc.freeze()
    async with listening(plan.rabbitmq_url, driver.ear):
        await work(driver)
    driver.line.close()
    return driver.result.model_copy(update={"odd": dict(driver.odd), "said": driver.ear.said})


def main() -> None:
    """Read the plan, drive, and write the result."""
    plan = Plan.model_validate_json(sys.stdin.buffer.read())
    result = uvloop.run(drive(plan, closed if plan.at_once else opened))
    sys.stdout.write(result.model_dump_json())


if __name__ == "__main__":
    main()
