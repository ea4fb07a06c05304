"""What must be true when everything has come to rest, looked at from outside: calendar, mailbox, queues, databases."""

from __future__ import annotations

import mailbox
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from typing import Any, TypeVar

import httpx
from icalendar import Calendar
from pymongo import MongoClient

from deploy.demo.driver import text_of
from deploy.local.rooms import ROOMS
from shared.messaging import topology
from tests.faults.stack import Stack

T = TypeVar("T")
SAID_FOR_GOOD = topology.LOG
"""The stream keeps what was said: it is never empty."""


@dataclass
class Mails:
    """What arrived of one postmortem's report: by recipient, how many, and under which Message-IDs."""

    count: Counter[str] = field(default_factory=Counter)
    ids: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def until(look: Callable[[], T], is_right: Callable[[T], Any], seconds: float) -> T:
    """Look until it is right or time is up; return what was seen last."""
    end = time.monotonic() + seconds
    while not is_right(seen := look()) and time.monotonic() < end:
        time.sleep(0.1)
    return seen


def mails(stack: Stack, postmortems: set[str]) -> Mapping[str, Mails]:
    """Return what arrived of reports, by postmortem; notices to one person are of no list."""
    found: defaultdict[str, Mails] = defaultdict(Mails)
    box: mailbox.Maildir = mailbox.Maildir(str(stack.run.mail_dir), create=False)
    read = BytesParser(policy=policy.default)
    for key in box.iterkeys():
        mail = read.parsebytes(box.get_bytes(key))
        if not mail["List-Id"]:
            continue
        text = text_of(mail)
        about = found[next(id for id in postmortems if id in text)]
        about.count[str(mail["To"])] += 1
        about.ids[str(mail["To"])].add(str(mail["Message-ID"]))
    return found


def entries(stack: Stack) -> Counter[str]:
    """Return how often each uid stands on the shared calendar."""
    caldav = stack.run.caldav
    answer = httpx.get(caldav["url"], auth=(caldav["username"], caldav["password"]), timeout=30).raise_for_status()
    return Counter(str(event["UID"]) for event in Calendar.from_ical(answer.text).walk("VEVENT"))


def held(stack: Stack) -> dict[str, int]:
    """Return the queues that hold messages, parked and unacknowledged ones included; empty when all are empty."""
    url = f"{stack.servers.rabbitmq.management_url}/api/queues"
    rows = httpx.get(url, params={"columns": "name,messages"}, timeout=30).raise_for_status().json()
    return {row["name"]: row["messages"] for row in rows if row.get("messages") and row["name"] != SAID_FOR_GOOD}


def unsaid(stack: Stack) -> dict[str, int]:
    """Return the collections whose documents hold something unsaid, and how many such documents."""
    found = {}
    with MongoClient[dict[str, Any]](stack.servers.mongodb.url) as client:
        for room in ROOMS:
            database = client[f"afterword_{room}"]
            for name in database.list_collection_names():
                found[f"{room}.{name}"] = database[name].count_documents({"outbox.0": {"$exists": True}})
    return {name: count for name, count in found.items() if count}
