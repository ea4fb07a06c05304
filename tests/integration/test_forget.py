"""Forgetting a person on real servers: nothing has their address any more, and what breaks on the way is made good."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aio_pika
import pytest
from pymongo import MongoClient

from deploy.local.rooms import ROOMS
from deploy.operate.audit import sealing
from deploy.operate.forgetting import documents, relogging, waiting
from deploy.operate.forgetting.record import Record
from deploy.operate.saving import messages, restoring
from services.distribution.store import MongoAddresses
from services.gateway.domain.api_keys import StoredKey
from shared.contracts.bounces import AddressSuppressed, BounceKind, address_id
from shared.contracts.commands import Role
from shared.contracts.lists import subscription_id
from shared.messaging import topology
from shared.messaging.envelope import unsaid
from shared.mongo import connect, database
from tests.helpers.builders import NOW, PM
from tests.helpers.long_run import in_long_runs
from tests.helpers.wire import to_amqp
from tests.integration.kernel_room import a_channel, depth
from tests.integration.test_audit import head
from tests.integration.test_backup import Command, good, logged, on
from tests.integration.test_backup import waiting as in_queues

JANE, NAME = "jane.roe@example.com", "Jane Roe"
OTHER = "sam@example.com"
SUPPRESSED = AddressSuppressed(email=JANE, kind=BounceKind.HARD, status="5.1.1", reply=f"<{JANE}>", bounces=2, at=NOW)
HEARER = "drafting.IncidentReported.v1"
KILLS = (("queues", 1), ("doors", 0), ("log", 0), ("sealing", 1), ("ending", 1))
Row = dict[str, Any]


@pytest.fixture
def afterword(rabbitmq_url: str, mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, working on the test's own broker and databases."""
    monkeypatch.delenv("AFTERWORD_POLICY", raising=False)
    return on(monkeypatch, rabbitmq_url, mongo_url, database_name)


def an_incident(n: int, who: str = JANE) -> Row:
    """Return the body of an incident event in which somebody takes part."""
    people = [{"name": NAME, "email": who, "role": "responder"}]
    told = {"source": "tool", "external_id": f"I-{n}", "kind": "opened", "occurred_at": NOW.isoformat()}
    return {**told, "title": f"Slow {n}", "people": people}


async def report(channel: aio_pika.abc.AbstractChannel, *numbers: int, who: str = JANE) -> None:
    """Say incident events, as a tool does that speaks AMQP."""
    door = await channel.get_exchange(topology.INCIDENTS)
    for n in numbers:
        body = json.dumps(an_incident(n, who)).encode()
        message = aio_pika.Message(body, message_id=f"i-{n}", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await door.publish(message, routing_key="IncidentReported.v1")


async def fill(url: str, mongo_url: str, name: str) -> None:
    """Let the person be in the log, in queues and in documents of all kinds."""
    async with a_channel(url) as channel:
        await report(channel, 1, 2)
        events = await channel.get_exchange(topology.EVENTS)
        for _ in range(2):  # said twice, as after a crash
            told = to_amqp(unsaid(SUPPRESSED, id="s-1", room="distribution", time=NOW))
            await events.publish(told, routing_key=SUPPRESSED.name)
        parking = await channel.get_exchange(topology.PARKING)
        poison = aio_pika.Message(f"{{ {JANE}".encode(), message_id="p-1", headers={"x-error": f"no {JANE}"})
        await parking.publish(poison, routing_key=HEARER)
    with MongoClient[Row](mongo_url, tz_aware=True) as client:
        state = {"id": PM, "title": f"Slow, says {NAME}", "owner": {"name": NAME, "email": JANE}}
        client[f"{name}_drafting"]["postmortems"].insert_one({"_id": PM, "state": state, "at": NOW})
        mail = {"postmortem_id": PM, "revision": 1, "recipient": JANE, "message_id": "<1@example.com>", "list": "all"}
        rows = client[f"{name}_distribution"]
        states = {"d-1": "pending", "d-2": "accepted"}
        rows["deliveries"].insert_many([{"_id": id, "state": state, **mail} for id, state in states.items()])
        no = {"unsubscribed": True, "since": NOW.isoformat(), "subscriber": None}
        rows["lists"].insert_one({"_id": "l-1", "state": {"list": {"name": "all", "members": [JANE]}}})
        rows["subscriptions"].insert_one({"_id": subscription_id("all", JANE), "state": no})
        standing = {"email": JANE, "suppression": {"reply": f"<{JANE}> unknown"}}
        rows["addresses"].insert_one({"_id": address_id(JANE), "state": standing, "find": {"suppressed": JANE}})
        key = StoredKey(id="k", digest="d", email=JANE, name=NAME, role=Role.ENGINEER, created_at=NOW)
        client[f"{name}_gateway"]["keys"].insert_one({"_id": "k", **key.model_dump(exclude={"id", "scopes"})})
        client[f"{name}_gateway"]["sessions"].insert_one({"_id": "s", "actor": {"email": JANE}, "expires_at": NOW})


def everything(mongo_url: str, name: str) -> bytes:
    """Return all bytes of the rooms' databases, and what is left of the run."""
    with MongoClient[Row](mongo_url, tz_aware=True) as client:
        databases = [client[f"{name}_{room}"] for room in (*ROOMS, "audit")]
        return b"".join(
            repr(row).encode() for each in databases for of in each.list_collection_names() for row in each[of].find()
        )


async def all_messages(url: str) -> bytes:
    """Return all bytes of the log and the queues."""
    found = await in_queues(url, *messages.queues())
    return repr([await logged(url), found]).encode()


async def assert_forgotten(url: str, mongo_url: str, name: str) -> None:
    """See that nothing has the address."""
    assert JANE.encode() not in everything(mongo_url, name)
    assert JANE.encode() not in await all_messages(url)
    assert address_id(JANE).encode() not in await all_messages(url)


async def test_nothing_has_the_address_and_all_else_is_as_it_was(
    afterword: Command, rabbitmq_url: str, mongo_url: str, database_name: str
) -> None:
    await fill(rabbitmq_url, mongo_url, database_name)
    before = await logged(rabbitmq_url)
    good(await afterword("audit", "seal"))
    kept = await head(afterword)
    looked = good(await afterword("forget", JANE, "--dry-run"))
    for line in ("drafting.postmortems", "distribution.deliveries", f"queue {HEARER}", "afterword.log", f"/{PM}"):
        assert line in looked
    assert "nothing was changed" in looked
    assert await logged(rabbitmq_url) == before
    said = good(await afterword("forget", JANE.upper(), "--yes"))
    assert "forgotten; from now on forgotten-" in said
    await assert_forgotten(rabbitmq_url, mongo_url, database_name)
    after = await logged(rabbitmq_url)
    assert [_id(row) for row in after] == [_id(row) for row in before]
    assert [row["exchange"] for row in after] == [row["exchange"] for row in before]
    good(await afterword("topology", "check"))
    (incident, *_) = (await in_queues(rabbitmq_url, HEARER))[HEARER]
    (person,) = json.loads(incident["body"])["people"]
    assert person["email"].endswith("@forgotten.invalid")
    assert person["name"] == person["email"].partition("@")[0]
    assert "the log began anew: a person was forgotten" in good(await afterword("audit", "verify"))
    found = await afterword("audit", "verify", "--head", kept)
    assert (found.exit_code, "began anew (a person was forgotten)" in found.output) == (1, True)
    again = good(await afterword("forget", JANE, "--yes"))
    assert "they occur nowhere" in again


async def test_a_forgotten_person_is_mailed_by_no_way(
    afterword: Command, rabbitmq_url: str, mongo_url: str, database_name: str
) -> None:
    await fill(rabbitmq_url, mongo_url, database_name)
    good(await afterword("forget", JANE, "--yes"))
    client = connect(mongo_url)
    rows = database(client, f"{database_name}_distribution")
    mails = [row async for row in rows["deliveries"].find().sort("state", 1)]
    assert [row["state"] for row in mails] == ["accepted", "suppressed"]
    (pseudonym,) = {row["recipient"] for row in mails}
    assert not {"d-1", "d-2"} & {row["_id"] for row in mails}
    held = await MongoAddresses(rows).suppressions([address_id(pseudonym), address_id(JANE)])
    assert held.keys() == {address_id(pseudonym), address_id(JANE)}  # who said no, is not mailed when named again
    assert await rows["subscriptions"].find_one({"_id": subscription_id("all", JANE)})
    gateway = database(client, f"{database_name}_gateway")
    assert await gateway["keys"].count_documents({"revoked_at": None}) == 0
    assert await gateway["sessions"].count_documents({}) == 0
    client.close()


class Died(Exception):
    """The process is killed here."""


def dies(at: str, after: int, patch: pytest.MonkeyPatch) -> None:
    """Let the run die at a step."""
    owner, name = {
        "databases": (documents, "_send"),
        "queues": (waiting, "_again"),
        "doors": (relogging, "_close_doors"),
        "log": (relogging, "_made_anew"),
        "filling": (restoring, "_said"),
        "sealing": (sealing, "seal"),
        "ending": (Record, "clear"),
    }[at]
    real: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Died

    def call(*given: Any, **more: Any) -> Any:
        count()
        return real(*given, **more)

    async def wait(*given: Any, **more: Any) -> Any:
        count()
        return await real(*given, **more)

    patch.setattr(owner, name, wait if asyncio.iscoroutinefunction(real) else call)


@pytest.mark.parametrize(
    ("at", "after"), [("databases", 1), ("filling", 3), *(pytest.param(*kill, marks=in_long_runs) for kill in KILLS)]
)
async def test_a_run_that_was_killed_is_completed_and_no_message_is_lost(
    afterword: Command, rabbitmq_url: str, mongo_url: str, database_name: str, at: str, after: int,
) -> None:  # fmt: skip
    await fill(rabbitmq_url, mongo_url, database_name)
    good(await afterword("audit", "seal"))
    before = [_id(row) for row in await logged(rabbitmq_url)]
    with pytest.MonkeyPatch.context() as patch:
        dies(at, after, patch)
        result = await afterword("forget", JANE, "--yes")
        assert isinstance(result.exception, Died)
    other = await afterword("forget", "ada@example.com", "--yes")
    assert (other.exit_code, f"forgetting {JANE} was interrupted" in other.output) == (1, True)
    said = good(await afterword("forget", JANE, "--yes"))
    assert "a run before this one was interrupted" in said
    await assert_forgotten(rabbitmq_url, mongo_url, database_name)
    assert [_id(row) for row in await logged(rabbitmq_url)] == before
    heard = {row["properties"]["message_id"] for row in (await in_queues(rabbitmq_url, HEARER))[HEARER]}
    assert heard >= {"i-1", "i-2"}
    good(await afterword("audit", "verify"))
    good(await afterword("topology", "check"))


async def test_what_a_tool_says_meanwhile_is_in_the_log_and_is_heard(
    afterword: Command, rabbitmq_url: str, mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(rabbitmq_url, mongo_url, database_name)
    steps = {"_close_doors": 11, "_made_anew": 12}
    for name, n in steps.items():
        monkeypatch.setattr(relogging, name, speaks(getattr(relogging, name), n, rabbitmq_url))
    monkeypatch.setattr(relogging._Stash, "add_caught", speaks(relogging._Stash.add_caught, 15, rabbitmq_url))
    good(await afterword("forget", JANE, "--yes"))
    said = {f"i-{n}" for n in (1, 2, 11, 12, 15, 111, 112, 115)}
    assert said <= {row["properties"]["message_id"] for row in await logged(rabbitmq_url)}
    assert said <= {row["properties"]["message_id"] for row in (await in_queues(rabbitmq_url, HEARER))[HEARER]}
    await assert_forgotten(rabbitmq_url, mongo_url, database_name)
    async with a_channel(rabbitmq_url) as channel:
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await depth(channel, relogging.CAUGHT)


def speaks(step: Callable[..., Any], n: int, url: str) -> Callable[..., Any]:
    """Let a tool speak of somebody else before and after a step."""

    async def spoken(*given: Any) -> Any:
        async with a_channel(url) as channel:
            await report(channel, n, who=OTHER)
            done = await step(*given)
            await report(channel, n + 100, who=OTHER)
        return done

    return spoken


async def test_who_still_reviews_or_stands_in_the_policy_is_not_forgotten(
    afterword: Command, mongo_url: str, database_name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = {"name": NAME, "email": "j.roe@example.net", "aliases": [JANE], "active": True}
    with MongoClient[Row](mongo_url) as client:
        client[f"{database_name}_review"]["reviewers"].insert_one({"_id": "r", "state": {"reviewer": member}})
        refused = await afterword("forget", JANE, "--yes")
        assert (refused.exit_code, "still reviews" in refused.output) == (1, True)
        client[f"{database_name}_review"]["reviewers"].update_one({}, {"$set": {"state.reviewer.active": False}})
    (tmp_path / "afterword.toml").write_text(f'people = [{{name = "J", email = "{JANE}"}}]')
    monkeypatch.setenv("AFTERWORD_POLICY", str(tmp_path / "afterword.toml"))
    refused = await afterword("forget", JANE, "--yes")
    assert (refused.exit_code, "afterword.toml names jane.roe@example.com" in refused.output) == (1, True)
    wrong = await afterword("forget", "jane", "--yes")
    assert (wrong.exit_code, "'jane' is no e-mail address" in wrong.output) == (1, True)
    monkeypatch.delenv("AFTERWORD_POLICY")
    said = good(await afterword("forget", JANE, "--yes"))
    assert "+1@forgotten.invalid" in said
    assert b"j.roe@example.net" not in everything(mongo_url, database_name)


async def test_a_log_that_somebody_changed_is_not_made_right_by_it(
    afterword: Command, rabbitmq_url: str, mongo_url: str, database_name: str
) -> None:
    await fill(rabbitmq_url, mongo_url, database_name)
    good(await afterword("audit", "seal"))
    with MongoClient[Row](mongo_url) as client:
        client[f"{database_name}_audit"]["seals"].update_one({}, {"$set": {"why": "nothing"}})
    refused = await afterword("forget", JANE, "--yes")
    assert (refused.exit_code, "not as it was sealed" in refused.output) == (1, True)
    assert JANE.encode() in everything(mongo_url, database_name)


def _id(row: Row) -> str:
    return str(row["properties"].get("message_id"))
