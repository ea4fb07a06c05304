"""Whatever one incident reads and writes of what is sharded names its postmortem: one shard does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from pymongo import MongoClient

from deploy.demo import tell
from deploy.demo.driver import Driver
from deploy.local.run import Run
from deploy.local.site import REPOSITORY
from deploy.operate.sharding import SHARDED, WHOLE, commands

Row = Mapping[str, Any]
Client = MongoClient[dict[str, Any]]
POLLS = {
    frozenset({"due_at"}),
    frozenset({"unsaid_at"}),
    frozenset({"find.unwritten_since"}),
    frozenset({"state", "not_before"}),
    frozenset({"state", "lease_until"}),
    frozenset({"find.load"}),
    frozenset({"find.made"}),
}
"""Looks for work of any postmortem, once a second and process, or once a minute for what an older version left to do,
however much there is: not of a message's way."""
ACROSS = {
    ("meetings", frozenset({"_id", "find.ahead", "find.attendees", "find.end", "find.start"})): "who is busy when",
    ("meetings", frozenset({"find.ahead"})): "what the calendar is compared with",
    ("library", frozenset({"find.keys", "find.open"})): "the words that are there, once a minute and gateway",
    ("reviews", frozenset({"find.waiting"})): "what each reviewer has to do",
    ("reviews", frozenset({"find.asked"})): "what each reviewer was asked of late",
}
"""Questions whose answer lies with other postmortems."""


@contextmanager
def profiled(client: Client, databases: Mapping[str, str]) -> Iterator[dict[str, list[Row]]]:
    """Note, by room, all that the database is asked while the block runs."""
    seen: dict[str, list[Row]] = {}
    for name in databases.values():
        client[name].command("profile", 2)
    try:
        yield seen
    finally:
        for room, name in databases.items():
            client[name].command("profile", 0)
            seen[room] = list(client[name]["system.profile"].find({}))
            client[name].drop_collection("system.profile")


def asked(row: Row) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return what a call selects by, and in which collection; nothing of an insert, or of the rest of a cursor."""
    command, collection = row["command"], row["ns"].partition(".")[2]
    if row["op"] in ("update", "remove"):
        yield collection, command["q"]
    elif "find" in command:
        yield collection, command.get("filter", {})
    elif "findAndModify" in command or "findandmodify" in command:
        yield collection, command["query"]
    elif "aggregate" in command:
        yield from selected(collection, command["pipeline"])


def selected(collection: str, stages: Sequence[Row]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return the same of an aggregate, and of those that are asked with it."""
    yield collection, next((stage["$match"] for stage in stages if "$match" in stage), {})
    for other in (stage["$unionWith"] for stage in stages if "$unionWith" in stage):
        yield from selected(other["coll"], other["pipeline"])


def is_targeted(wanted: Mapping[str, Any], key: str) -> bool:
    """Say whether the key is named: one value or several, each of which lies on one shard."""
    value = wanted.get(key)
    if isinstance(value, Mapping):
        return "$in" in value or "$eq" in value
    if value is None and "$or" in wanted:
        return all(is_targeted(each, key) for each in wanted["$or"])
    return value is not None


@pytest.fixture
def client(running: Run) -> Iterator[Client]:
    with MongoClient[dict[str, Any]](running.mongo_url) as client:
        yield client


def test_a_whole_incident_asks_one_shard_at_a_time(client: Client, driver: Driver) -> None:
    databases = {room: f"afterword_{room}" for room in SHARDED}
    with profiled(client, databases) as seen:
        tell(driver, lambda _: None)
    wrong, counted = set(), 0
    for room, rows in seen.items():
        for op, collection, wanted in ((row["op"], *each) for row in rows for each in asked(row)):
            key = SHARDED[room].get(collection)
            if key is None or frozenset(wanted) in POLLS or (collection, frozenset(wanted)) in ACROSS:
                continue
            counted += 1
            if not is_targeted(wanted, key):
                wrong.add((room, collection, op, tuple(sorted(wanted))))
    assert not wrong
    assert counted > 100


def test_every_collection_is_either_sharded_or_known_to_stay_whole(client: Client, driver: Driver) -> None:
    tell(driver, lambda _: None)
    for room, sharded in SHARDED.items():
        there = {name for name in client[f"afterword_{room}"].list_collection_names() if not name.startswith("system.")}
        assert there <= sharded.keys() | WHOLE.get(room, frozenset()), room


def test_the_commands_shard_each_collection_by_its_key() -> None:
    told = list(commands("afterword"))
    assert told[:2] == [
        'sh.enableSharding("afterword_drafting")',
        'sh.shardCollection("afterword_drafting.postmortems", {"_id": "hashed"})',
    ]
    assert len(told) == len(SHARDED) + sum(map(len, SHARDED.values()))


def test_the_commands_are_those_of_the_documentation() -> None:
    page = (REPOSITORY / "docs" / "scaling.md").read_text("utf-8")
    assert "\n".join(commands("afterword")) in page
