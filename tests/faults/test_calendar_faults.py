"""Whatever comes twice, dies or is lost: one entry a postmortem, and nothing that a person changed is undone.

As a rule with few of everything. With AFTERWORD_FAULTS=all (`make faults`) every cause comes forty times, and the
room is killed two hundred times.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from icalendar import Calendar

from deploy.local.radicale import MKCALENDAR
from deploy.local.site import REPOSITORY
from deploy.local.testing import Servers
from services.calendar.domain import ours, uid_of
from shared.clock import new_id
from shared.contracts.base import derived_id
from shared.contracts.events import DraftCreated, DraftRevised, ReviewApproved, Snapshot
from shared.messaging.broker import Bus
from shared.messaging.envelope import unsaid
from shared.mongo import connect
from tests.contract.caldav_radicale import free_port
from tests.faults.forked_room import ForkedRoom
from tests.faults.proxy import Proxy
from tests.helpers.builders import a_draft
from tests.helpers.long_run import ALL
from tests.integration.kernel_room import eventually
from tests.unit.calendar.fakes import moving
from tests.unit.calendar.test_handlers import APPROVALS

POSTMORTEMS, DUPLICATES, KILLS, REVISIONS = (10, 40, 200, 12) if ALL else (3, 8, 5, 3)
NOTE = "X-NOTE-OF-A-PERSON"
pytestmark = pytest.mark.timeout(2400 if ALL else 300)


@dataclass
class Person:
    """Somebody at the calendar who moves entries and writes into them; remembers the last change of each that stood."""

    client: httpx.Client
    random: Random
    kept: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    changes: int = 0

    def edit(self, uid: str) -> None:
        """Change an entry as it stands now, if it stands and nobody is faster."""
        there = self.client.get(ours(uid))
        if there.status_code != httpx.codes.OK:
            return
        calendar = Calendar.from_ical(there.text)
        event: Any = calendar.walk("VEVENT")[0]
        self.changes += 1
        start = _next_hour() + timedelta(days=14, minutes=15 * self.random.randrange(2000))
        moving(start, start + timedelta(minutes=45))(event)
        event.pop(NOTE, None)
        event.add(NOTE, f"note {self.changes}")
        put = self.client.put(
            ours(uid),
            content=calendar.to_ical(),
            headers={"If-Match": there.headers["ETag"], "Content-Type": "text/calendar; charset=utf-8"},
        )
        if put.is_success:
            self.kept[uid] = start, str(event[NOTE])


@dataclass
class World:
    """The room between a broker, a database and a calendar whose answers get lost."""

    bus: Bus
    mongo_url: str
    database: str
    person: Person
    proxy: Proxy
    room: ForkedRoom


@pytest.fixture
def collection(servers: Servers) -> Iterator[httpx.Client]:
    """A person's client at a calendar of the test's own."""
    calendar = servers.radicale
    url = calendar.url.replace("/postmortems/", f"/faults{os.getpid()}/")
    with httpx.Client(base_url=url, auth=(calendar.owner.username, calendar.owner.password), timeout=30) as client:
        client.request("MKCALENDAR", "", content=MKCALENDAR).raise_for_status()
        yield client


@contextmanager
def running(folder: Path, env: dict[str, str]) -> Iterator[ForkedRoom]:
    room = ForkedRoom("calendar", folder, env)
    try:
        yield room
    finally:
        room.end()


@asynccontextmanager
async def speaking(url: str) -> AsyncIterator[Bus]:
    bus = Bus(url, "drafting")
    await bus.start()
    yield bus
    await bus.stop()


@pytest.fixture
async def world(
    servers: Servers, collection: httpx.Client, rabbitmq_url: str, database_name: str, tmp_path: Path
) -> AsyncIterator[World]:
    at, owner = urlsplit(str(collection.base_url)), servers.radicale.owner
    with Proxy(at.netloc) as proxy:
        env = {
            "AFTERWORD_RABBITMQ_URL": rabbitmq_url,
            "AFTERWORD_MONGO_URL": servers.mongodb.url,
            "AFTERWORD_DATABASE": database_name,
            "AFTERWORD_CALDAV_URL": f"http://{owner.username}:{owner.password}@{proxy.address}{at.path}",
            "AFTERWORD_CALDAV_POLL_SECONDS": "1",
            "AFTERWORD_PUBLIC_URL": "https://pm.example.com",
            "AFTERWORD_POLICY": str(REPOSITORY / "deploy" / "local" / "afterword.toml"),
            "AFTERWORD_HTTP_HOST": "127.0.0.1",
            "AFTERWORD_HTTP_PORT": str(free_port()),
        }
        with running(tmp_path, env) as room:
            async with speaking(rabbitmq_url) as bus:
                person = Person(collection, Random(7))  # noqa: S311 - the same story every time
                yield World(bus, servers.mongodb.url, database_name, person, proxy, room)


def story(postmortem_id: str) -> list[Snapshot]:
    """Return what is told of one postmortem, in order."""
    now = _next_hour()
    about = {"postmortem_id": postmortem_id, "deadline": now + timedelta(days=10)}
    revised = {"status": "draft", "revised_at": now, "revised_by": "ada@example.com"}
    revisions = [
        a_draft(DraftRevised, revision=n, title=f"Checkout answers slowly, {n}", **about, **revised)
        for n in range(2, REVISIONS + 2)
    ]
    approved = a_draft(ReviewApproved, revision=REVISIONS + 1, title=revisions[-1].title, approvals=APPROVALS, **about)
    return [a_draft(DraftCreated, **about), *revisions[:-1], approved, revisions[-1]]


async def test_one_entry_a_postmortem_and_no_change_of_a_person_is_undone(world: World) -> None:
    random = Random(11)  # noqa: S311
    ids = [new_id() for _ in range(POSTMORTEMS)]
    stories = {id: story(id) for id in ids}
    over = threading.Event()
    trouble = threading.Thread(target=make_trouble, args=(world, random, over))
    trouble.start()
    try:
        for step in range(REVISIONS + 2):
            said = [(id, stories[id][step]) for id in ids for _ in range(DUPLICATES)]
            random.shuffle(said)
            await asyncio.gather(*(tell(world.bus, step, message) for _, message in said))
            for id in ids:
                await asyncio.to_thread(world.person.edit, uid_of(id))
        while trouble.is_alive() or len(world.person.kept) < POSTMORTEMS:
            await asyncio.to_thread(world.person.edit, uid_of(random.choice(ids)))
            await asyncio.sleep(0.2)
    finally:
        over.set()
        trouble.join()
        world.proxy.heal()
    await eventually(lambda: at_rest(world, stories), timeout=120)
    check(world, stories)
    sys.stdout.write(
        f"{KILLS} kills, {DUPLICATES} duplicates of each cause, changes of a person: {world.person.changes}\n"
    )


def make_trouble(world: World, random: Random, over: threading.Event) -> None:
    """Kill the room, lose answers and break lines, until it was killed often enough."""
    for _ in range(KILLS):
        world.proxy.lose_answer(random.choice([b"PUT ", b"GET ", b"REPORT "]))
        if over.wait(random.uniform(0.5, 4.0)):
            return
        world.room.kill()
        if random.random() < 0.2:
            world.proxy.reset()


async def tell(bus: Bus, step: int, message: Snapshot) -> None:
    """Say a cause, under the same id each time."""
    id = derived_id(message.postmortem_id, str(step))
    now = datetime.now(UTC)
    await bus.publish(unsaid(message, id=id, room="drafting", time=now, correlation_id=id))


async def meetings(world: World) -> dict[str, Any]:
    client: Any = connect(world.mongo_url)
    rows = await client[f"{world.database}_calendar"]["meetings"].find({}).to_list(None)
    client.close()
    return {row["_id"]: row for row in rows}


async def at_rest(world: World, stories: dict[str, list[Snapshot]]) -> bool:
    """Say whether everything is heard, written and taken over."""
    rows = await meetings(world)
    return rows.keys() == stories.keys() and all([await _rests(world, row) for row in rows.values()])


async def _rests(world: World, row: dict[str, Any]) -> bool:
    there = await asyncio.to_thread(world.person.client.head, row["find"]["name"])
    state, find = row["state"], row["find"]
    is_settled = "unwritten_since" not in find and find["etag"] == there.headers.get("ETag")
    return is_settled and (state["topic"]["revision"], state["status"]) == (REVISIONS + 1, "scheduled")


def check(world: World, stories: dict[str, list[Snapshot]]) -> None:
    """Every entry is there once, says the newest words, and stands where a person put it last."""
    whole = world.person.client.get("").text
    events: dict[str, Any] = {str(event["UID"]): event for event in Calendar.from_ical(whole).walk("VEVENT")}
    assert sorted(events) == sorted(uid_of(id) for id in stories)
    assert whole.count("BEGIN:VEVENT") == len(stories)
    for id, told in stories.items():
        event = events[uid_of(id)]
        assert told[-1].title in str(event["SUMMARY"])
        assert str(event["STATUS"]) == "CONFIRMED"
        assert (event["DTSTART"].dt, str(event[NOTE])) == world.person.kept[uid_of(id)]


def _next_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
