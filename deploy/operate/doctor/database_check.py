"""The database: whether it is there, lets us in, is a replica set that takes writes, and has the indexes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from pymongo.errors import PyMongoError

from deploy.operate.doctor import clock_check, stored_check
from deploy.operate.doctor.broker_check import numbers
from deploy.operate.doctor.finding import Finding, failed, of, ok, warning
from deploy.operate.doctor.indexes import differing, wanted
from shared.clock import SystemClock
from shared.messaging.nodes import place
from shared.mongo import Client, Database, connect, database
from shared.mongo_trouble import SET, database_trouble

CHECK, INDEXES, SPACE = "database", "indexes", "disk"
OLDEST = (6, 0)
"""The oldest version that the tests run on."""
NOBODY = {"_id": "nobody-has-this-id"}
LITTLE, NEARLY_NONE = 0.10, 0.03
"""Parts of the database's disk that are free."""


async def check(url: str, names: Mapping[str, str]) -> list[Finding]:
    """Return what is found on one server; `names` are the databases of the rooms."""
    where = f"MongoDB at {place(url)}"
    try:
        client = connect(url)
    except PyMongoError as error:
        return [of(CHECK, database_trouble(error, url))]
    try:
        return await _checked(client, where, names)
    except PyMongoError as error:
        return [of(CHECK, database_trouble(error, url))]
    finally:
        client.close()


async def _checked(client: Client, where: str, names: Mapping[str, str]) -> list[Finding]:
    asked = SystemClock().now()
    hello = await client.admin.command("hello")
    findings = [clock_check.compared(where, asked, hello["localTime"].replace(tzinfo=UTC), SystemClock().now())]
    findings += server(hello, (await client.admin.command("buildInfo"))["version"], where)
    ours = await wanted()
    for room, name in names.items():
        rooms = database(client, name)
        await rooms["postmortems"].update_one(NOBODY, {"$set": {"looked": True}})  # confirmed by a majority, or refused
        theirs = await _indexes(rooms)
        findings += [_index(*each, name, room, where) for each in differing(ours[room], theirs)]
        findings += await stored_check.check(room, rooms, where)
    findings.append(ok(CHECK, f"takes writes that a majority has, in {', '.join(names.values())}", where))
    first = database(client, next(iter(names.values())))
    return findings + space(await first.command("dbStats"), where)


def server(hello: Mapping[str, Any], version: str, where: str) -> list[Finding]:
    """Return whether it can have transactions and wait for majorities, and is new enough."""
    findings = []
    if not hello.get("setName"):
        findings.append(failed(CHECK, "is no replica set, and the gateway's feed needs transactions", where, SET))
    elif not hello.get("isWritablePrimary"):
        findings.append(
            failed(CHECK, "takes no writes: no primary", where, "rs.status() in mongosh says which are down")
        )
    if numbers(version) < OLDEST:
        help = f"upgrade it to {OLDEST[0]}.{OLDEST[1]} or newer, one major version at a time"
        findings.append(failed(CHECK, f"is version {version}", where, help))
    return findings or [ok(CHECK, f"version {version}, replica set {hello['setName']}", where)]


def space(stats: Mapping[str, Any], where: str) -> list[Finding]:
    """Return whether the database's disk has room; nothing when the server does not know."""
    total, used = stats.get("fsTotalSize", 0), stats.get("fsUsedSize", 0)
    if not total:
        return []
    free = 1 - used / total
    what = f"{free:.0%} of its disk are free ({(total - used) / 2**30:,.1f} GB)"
    help = "make room on it, or give it a larger one; MongoDB stops when it is full"
    if free < NEARLY_NONE:
        return [failed(SPACE, what, where, help)]
    return [warning(SPACE, what, where, help)] if free < LITTLE else [ok(SPACE, what, where)]


async def _indexes(rooms: Database) -> dict[str, Mapping[str, Mapping[str, Any]]]:
    return {name: await rooms[name].index_information() for name in await rooms.list_collection_names()}


def _index(collection: str, name: str, is_other: bool, database_name: str, room: str, where: str) -> Finding:
    place = f"{where}, {database_name}.{collection}"
    if not is_other:
        return warning(INDEXES, f"the index {name} is missing", place, f"start {room} anew: it makes it")
    help = f"in mongosh: use {database_name}; db.{collection}.dropIndex('{name}'); then start {room} anew"
    return failed(INDEXES, f"the index {name} has other settings; {room} does not start", place, help)
