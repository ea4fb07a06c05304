"""What is left in the end: documents, mails, calendar entries, parked messages, queues. Reads only."""

from __future__ import annotations

import asyncio
import json
import mailbox
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import httpx
import pymongo
from icalendar import Calendar

from deploy.local.rooms import ROOMS
from deploy.local.run import Run
from deploy.operate import parking
from deploy.operate.parked import Wanted
from shared.messaging import topology
from shared.messaging.nodes import connect, nodes
from shared.messaging.parked import PARKINGS

COLLECTIONS = {
    "drafting": ("postmortems",),
    "review": ("reviews", "reviewers"),
    "calendar": ("meetings",),
    "distribution": ("publications", "lists"),
    "gateway": ("library", "reviewers", "lists"),
}
Row = dict[str, Any]
LOST_ANSWER = "may arrive twice"


@dataclass(frozen=True)
class Entry:
    """A calendar entry: who it belongs to, and how often it was changed for people to notice."""

    uid: str
    sequence: int
    status: str


@dataclass
class Findings:
    """The end state. `documents` by room and subject, `mails` counted by Message-ID, `ambiguous` by delivery."""

    documents: dict[str, dict[str, Row]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    mails: Counter[str] = field(default_factory=Counter)
    ambiguous: Counter[str] = field(default_factory=Counter)
    entries: list[Entry] = field(default_factory=list)
    parked: set[str] = field(default_factory=set)
    depths: dict[str, int] = field(default_factory=dict)


def find(run: Run, mongo_url: str, broker_url: str, logs: Iterable[Path]) -> Findings:
    """Look everywhere; `logs` are those of distribution. The rooms have to be at rest."""
    found = Findings()
    with pymongo.MongoClient[Row](mongo_url, tz_aware=True) as client:
        for room, names in COLLECTIONS.items():
            rows = [row for name in names for row in client[f"afterword_{room}"][name].find({})]
            found.documents[room] = {str(row["_id"]): row for row in rows}
        found.rows = list(client["afterword_distribution"]["deliveries"].find({}))
    found.mails = _mails(Path(run.mail_dir or ""))
    for log in logs:
        found.ambiguous += _lost_answers(log)
    found.entries = _entries(run.caldav["url"], (run.caldav["username"], run.caldav["password"]))
    found.parked, found.depths = asyncio.run(_broker(broker_url))
    return found


def unsaid(mongo_url: str) -> int:
    """Return how many documents still hold messages to be said, and how many mails still wait, in all rooms."""
    with pymongo.MongoClient[Row](mongo_url) as client:
        waiting = client["afterword_distribution"]["deliveries"].count_documents(
            {"state": {"$in": ["pending", "sending"]}}
        )
        return waiting + sum(
            client[f"afterword_{room}"][name].count_documents({"unsaid_at": {"$exists": True}})
            for room, names in COLLECTIONS.items()
            for name in names
        )


async def depths(broker_url: str) -> dict[str, int]:
    """Return how many messages are in each queue where something is heard or waits; empty ones are left out."""
    queues = [queue for room in ROOMS for queue, _, _ in topology.bindings(room)]
    names = [*queues, *map(topology.waiting, topology.waiting_times())]
    async with await connect(nodes(broker_url), seconds=5) as connection:
        return {name: count for name, count in (await parking.counts(connection, names)).items() if count}


async def _broker(broker_url: str) -> tuple[set[str], dict[str, int]]:
    async with await connect(nodes(broker_url), seconds=5) as connection:
        parked = await parking.look(connection, list(PARKINGS), Wanted())
    return {summary.id for _, summary in parked}, await depths(broker_url)


def _mails(folder: Path) -> Counter[str]:
    box: mailbox.Maildir = mailbox.Maildir(folder, create=False)
    read = BytesHeaderParser()
    return Counter(str(read.parsebytes(box.get_bytes(key))["Message-ID"]) for key in box.iterkeys())


def _lost_answers(log: Path) -> Counter[str]:
    """Count, by delivery, how often distribution wrote down that a mail may arrive twice."""
    found: Counter[str] = Counter()
    for line in log.read_text("utf-8", "replace").splitlines():
        if LOST_ANSWER in line:
            found[str(json.loads(line)["delivery"])] += 1
    return found


def _entries(url: str, account: tuple[str, str]) -> list[Entry]:
    """Read the whole collection: Radicale gives it as one calendar."""
    answer = httpx.get(url, auth=account, timeout=300).raise_for_status()
    events = Calendar.from_ical(answer.text).walk("VEVENT")
    return [Entry(str(event["UID"]), int(event.get("SEQUENCE", 0)), str(event["STATUS"])) for event in events]
