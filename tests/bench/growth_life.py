"""One real postmortem's life: what was said in it, what each room kept at each of its stages, and copies of both.

It is lived on a running stack. A copy is the same under another incident's name and another id, of the same length,
so that bytes alone have to be replaced.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from deploy.demo import AUTHOR, sections
from deploy.demo.driver import Driver
from deploy.local.rooms import ROOMS
from deploy.local.run import Run
from shared.clock import new_id
from shared.contracts.base import derived_id, postmortem_id
from shared.messaging import topology

Kept = dict[str, list[bytes]]
"""The documents of one postmortem in a room's database, by collection."""
SOURCE = "pagerduty"
PATIENCE_S, LOOK_EVERY_S = 60.0, 0.5
UNSAID = b"unsaid_at"


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was said."""

    name: str
    headers: dict[str, Any]
    body: bytes


@dataclass
class Life:
    """What was said, and what the rooms kept at each stage."""

    incident: str
    said: list[Message] = field(default_factory=list)
    stages: dict[str, dict[str, Kept]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The postmortem's id."""
        return postmortem_id(SOURCE, self.incident)

    def message(self, name: str, nth: int = 0) -> Message:
        """Return the n-th message of this name."""
        return [message for message in self.said if message.name == name][nth]

    def named(self, kind: str, number: int) -> str:
        """Return the name of another incident, as long as this one's; `kind` is a letter."""
        return f"Q{kind}{number:0{len(self.incident) - 2}}"

    def document(self, raw: bytes, incident: str) -> RawBSONDocument:
        """Return a copy of a document."""
        copied = raw.replace(self.id.encode(), id_of(incident).encode())
        copied = copied.replace(_stored_name(self.incident), _stored_name(incident))
        before, after = (RawBSONDocument(each)["_id"] for each in (raw, copied))
        if before != after:
            return RawBSONDocument(copied)
        return RawBSONDocument(_renamed(copied, before, derived_id(str(before), incident)))

    def spoken(self, message: Message, incident: str) -> aio_pika.Message:
        """Return a copy of a message, with an id of its own; nobody waits for an answer."""
        id, about = new_id(), id_of(incident)
        body = message.body.replace(self.id.encode(), about.encode())
        body = body.replace(_said_name(self.incident), _said_name(incident))
        headers = {**message.headers, "ce-id": id, "ce-subject": about}
        persistent = aio_pika.DeliveryMode.PERSISTENT
        return aio_pika.Message(body, headers=headers, message_id=id, correlation_id=id, delivery_mode=persistent)


def _renamed(raw: bytes, before: Any, after: str) -> bytes:
    """Return a document with another id, without reading it where the ids are as long."""
    if isinstance(before, str) and len(before) == len(after):
        return raw.replace(before.encode(), after.encode())
    return bson.encode({**bson.decode(raw), "_id": after})


def id_of(incident: str) -> str:
    """Return the id of an incident's postmortem."""
    return postmortem_id(SOURCE, incident)


def _stored_name(incident: str) -> bytes:
    """Return the field of a document that names the incident; texts that name it stay, since their hash is known."""
    value: bytes = bson.encode({"external_id": incident})
    return value[4:-1]


def _said_name(incident: str) -> bytes:
    return f'"external_id":"{incident}"'.encode()


async def lived(run: Run, live: Callable[[Life], None]) -> Life:
    """Let a postmortem live, and note all that is said meanwhile."""
    life = Life(Driver(run.as_json()).incident)
    async with await aio_pika.connect(run.rabbitmq_url) as connection, connection.channel() as channel:
        queue = await channel.declare_queue(exclusive=True)
        for exchange in (topology.INCIDENTS, topology.EVENTS, topology.COMMANDS_EXCHANGE):
            await queue.bind(exchange, "#")
        await asyncio.to_thread(live, life)
        while heard := await queue.get(fail=False, no_ack=True):
            if life.id in str(heard.headers.get("ce-subject")):
                name = heard.routing_key or ""
                life.said.append(Message(name, dict(heard.headers), heard.body))
    return life


def live(run: Run, life: Life) -> None:
    """Go the whole way, and keep what the rooms have at every stage. Raises: StepFailed, TimeoutError."""
    driver = Driver(run.as_json(), life.incident)
    for stage in _steps(driver):
        life.stages[stage] = _still(run, life)


def _steps(driver: Driver) -> Iterator[str]:
    first, *others = driver.deliveries(datetime.now(UTC) - timedelta(hours=1))
    driver.deliver(first)
    yield "reported"
    for delivery in others:
        driver.deliver(delivery)
    driver.draft(AUTHOR)
    driver.meeting(AUTHOR, "tentative")
    yield "drafted"
    driver.edit(AUTHOR, sections())
    yield "edited"
    driver.act(AUTHOR, "POST", "/submit")
    driver.until("reviewers", lambda: driver.get(AUTHOR), lambda seen: seen["review"] and seen["review"]["reviewers"])
    yield "submitted"
    owner = driver.approve_as_reviewers(AUTHOR)["owner"]["email"]
    driver.meeting(AUTHOR, "scheduled")
    yield "approved"
    driver.act(owner, "POST", "/publish")
    driver.delivered(AUTHOR)
    yield "published"


def _still(run: Run, life: Life) -> dict[str, Kept]:
    """Return what all rooms keep as soon as nothing of it changes or is still to be said. Raises: TimeoutError."""
    until, before = time.monotonic() + PATIENCE_S, dict[str, Kept]()
    with MongoClient[RawBSONDocument](run.mongo_url, document_class=RawBSONDocument) as client:
        while time.monotonic() < until:
            now = {room: _kept(client, f"afterword_{room}", life.id.encode()) for room in ROOMS}
            if now == before and not _has_something_to_say(now):
                return now
            before = now
            time.sleep(LOOK_EVERY_S)
    raise TimeoutError(life.id)


def _has_something_to_say(rooms: dict[str, Kept]) -> bool:
    return any(UNSAID in raw for kept in rooms.values() for raws in kept.values() for raw in raws)


def _kept(client: MongoClient[RawBSONDocument], database: str, id: bytes) -> Kept:
    db = client[database]
    found = {
        name: [bytes(row.raw) for row in db[name].find() if id in bytes(row.raw)] for name in db.list_collection_names()
    }
    return {name: sorted(raws) for name, raws in found.items() if raws}
