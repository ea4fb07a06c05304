"""The door for tools that speak AMQP: one user that can publish incidents and nothing else, on the running stack."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelAccessRefused

from deploy.demo import AUTHOR
from deploy.demo.driver import Driver, Json
from deploy.local.run import Run
from deploy.operate.definitions import definitions, with_passwords
from deploy.operate.permissions import TOOLS
from shared.contracts.base import postmortem_id
from shared.messaging import topology
from tests.helpers.lives import OWN_FORM, Life, in_order

NAME = "IncidentReported.v1"
QUEUE = topology.queue_of("drafting", NAME)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "incident-tools.md"
SOURCE = "my-tool"


@pytest.fixture(scope="module")
def tool(running: Run) -> Iterator[str]:
    """The address of the running broker for the user of incident tools, made as the definitions say."""
    parts, prefix = urlsplit(running.rabbitmq_url), f"test-{secrets.token_hex(4)}."
    user, password = prefix + TOOLS, secrets.token_hex(8)
    with httpx.Client(base_url=running.rabbitmq_management_url or "", timeout=20) as client:
        client.post(
            "/api/definitions", json=_only(user, password, unquote(parts.path[1:]) or "/", prefix)
        ).raise_for_status()
        yield urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.hostname}:{parts.port}"))
        client.delete(f"/api/users/{user}").raise_for_status()


def _only(user: str, password: str, vhost: str, prefix: str) -> Json:
    """The part of the definitions that is about one user."""
    whole = definitions(vhost, prefix)
    mine = {
        part: [each for each in whole[part] if each["user"] == user] for part in ("permissions", "topic_permissions")
    }
    users = [each for each in whole["users"] if each["name"] == user]
    return with_passwords({"users": users, **mine}, {user: password})


@pytest.fixture
async def channel(tool: str) -> AsyncIterator[AbstractChannel]:
    """A channel of the tool, on which a publish returns with the broker's confirm."""
    async with await aio_pika.connect(tool) as connection, connection.channel(on_return_raises=True) as opened:
        yield opened


async def publish(channel: AbstractChannel, body: bytes, key: str = NAME, **properties: Any) -> None:
    """Publish and return with the confirm. Raises: what the broker refuses."""
    incidents = await channel.get_exchange(topology.INCIDENTS, ensure=False)
    await incidents.publish(aio_pika.Message(body, **properties), routing_key=key, mandatory=True, timeout=30)


def publish_bare(running: Run, body: bytes) -> None:
    """Publish with no property at all; aio-pika would make up a message id."""
    vhost = quote(unquote(urlsplit(running.rabbitmq_url).path[1:]) or "/", safe="")
    where = f"{running.rabbitmq_management_url}/api/exchanges/{vhost}/{topology.INCIDENTS}/publish"
    message = {"properties": {}, "routing_key": NAME, "payload": body.decode(), "payload_encoding": "string"}
    assert httpx.post(where, json=message, timeout=20).json() == {"routed": True}


def report(incident: str, kind: str, minute: int, **more: Any) -> bytes:
    """Return the body of one event."""
    at = f"2026-03-02T10:{minute:02}:00Z"
    return json.dumps({"source": SOURCE, "external_id": incident, "kind": kind, "occurred_at": at, **more}).encode()


async def draft(driver: Driver) -> Json:
    """Wait for the draft of the incident, and return it."""
    path = f"/v1/postmortems/{postmortem_id(SOURCE, driver.incident)}"
    return await asyncio.to_thread(
        driver.until, "a draft", lambda: driver.get(AUTHOR, path), lambda seen: bool(seen.get("id"))
    )


async def test_an_incident_s_whole_life_over_amqp_makes_the_same_draft_as_over_http(
    channel: AbstractChannel, driver: Driver
) -> None:
    life = Life(OWN_FORM, driver.incident)
    for number, row in enumerate(life.rows()):
        body = json.dumps(row["body"]).replace("{incident}", life.incident).encode()
        await publish(channel, body, headers={"ce-type": NAME, "ce-id": f"{life.incident}-{number}"})
    paths = [f"/v1/postmortems/{id}" for id in life.ids()]

    def seen() -> list[Json]:
        return in_order(each for each in (driver.get(AUTHOR, path) for path in paths) if each.get("id"))

    await asyncio.to_thread(driver.until, "the draft", seen, lambda drafts: drafts == life.expected())


async def test_the_sender_in_the_documentation_works_as_it_stands_and_may_be_run_again(
    tool: str, driver: Driver
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, env={**os.environ, "RABBITMQ_URL": tool, "INCIDENT": driver.incident}
        )
        assert await process.wait() == 0
    made = await draft(driver)
    assert (made["title"], made["severity"], len(made["timeline"])) == ("Checkout answers slowly", "sev2", 2)


async def test_without_a_ce_id_the_message_id_tells_a_repeat_and_the_same_id_is_one_event(
    channel: AbstractChannel, driver: Driver
) -> None:
    opened = report(driver.incident, "opened", 0, title="Search is slow", severity="sev2")
    for minute in (0, 0, 9):  # the id is what counts, not what is in it
        at = report(driver.incident, "note", minute, entry={"text": "It is the cache."})
        await publish(channel, at, message_id=f"{driver.incident}-note")
    await publish(channel, opened, message_id=f"{driver.incident}-1", headers={"ce-id": f"{driver.incident}-opened"})
    await publish(channel, opened, message_id=f"{driver.incident}-2", headers={"ce-id": f"{driver.incident}-opened"})
    await publish(channel, report(driver.incident, "resolved", 40), message_id=f"{driver.incident}-end")
    assert [entry["kind"] for entry in (await draft(driver))["timeline"]] == ["opened", "note", "resolved"]


BAD = {
    "no JSON": (b'{"source": "my-', {"ce-id": "1"}, "Invalid JSON"),
    "no text": (b"\xff\xfe", {"ce-id": "2"}, "Invalid JSON"),
    "a field that is missing": (b'{"source": "my-tool", "kind": "resolved"}', {"ce-id": "3"}, "external_id"),
    "a field that is wrong": (report("X", "ended", 0), {"ce-id": "4"}, "kind"),
    "a time without a zone": (
        b'{"source": "s", "external_id": "X", "kind": "note", "occurred_at": "2026-03-02T10:00:00"}',
        {"ce-id": "5"},
        "occurred_at",
    ),
    "an unknown version": (report("X", "note", 0), {"ce-id": "6", "ce-type": "IncidentReported.v9"}, "ce-type"),
    "another type": (report("X", "note", 0), {"ce-id": "7", "ce-type": "Published.v1"}, "ce-type"),
    "no headers at all": (report("X", "note", 0), {}, "ce-id: missing"),
}
"""What cannot be understood: the body, its headers, and what the reason must name."""


async def test_what_cannot_be_understood_is_parked_with_its_reason_and_the_next_is_handled(
    channel: AbstractChannel, running: Run, driver: Driver
) -> None:
    for name, (body, headers, _) in BAD.items():
        if headers:
            await publish(channel, body, headers={**headers, "x-test": f"{driver.incident} {name}"})
        else:
            await asyncio.to_thread(publish_bare, running, body)
    for kind, minute in (("opened", 0), ("resolved", 40)):
        body = report(driver.incident, kind, minute, title="Search is slow", severity="sev2")
        await publish(channel, body, headers={"ce-id": f"{driver.incident}-{kind}"})
    assert (await draft(driver))["title"] == "Search is slow"
    reasons = await parked(running, len(BAD))
    for name, (_, headers, reason) in BAD.items():
        found = reasons.pop(f"{driver.incident} {name}" if headers else "")
        assert reason in found, (name, found)


async def parked(running: Run, count: int) -> dict[str, str]:
    """Take so many messages out of parking; return their reasons by the mark that they were published with."""
    reasons = {}
    async with await aio_pika.connect(running.rabbitmq_url) as connection, connection.channel() as own:
        queue = await own.get_queue(topology.parking_of(QUEUE), ensure=False)
        async with asyncio.timeout(30), queue.iterator() as messages:
            async for message in messages:
                reasons[str(message.headers.get("x-test", ""))] = str(message.headers["x-error"])
                await message.ack()
                if len(reasons) == count:
                    break
    return reasons


@pytest.mark.parametrize("key", ["IncidentReported.v2", "DraftCreated.v1", "#", ""])
async def test_the_tool_says_nothing_but_incidents(channel: AbstractChannel, key: str) -> None:
    with pytest.raises(ChannelAccessRefused):
        await publish(channel, report("X", "note", 0), key)


@pytest.mark.parametrize(
    "exchange", [topology.EVENTS, topology.COMMANDS_EXCHANGE, topology.PARKING, topology.REPLIES, "", "amq.topic"]
)
async def test_the_tool_says_it_nowhere_else(channel: AbstractChannel, exchange: str) -> None:
    place = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    with pytest.raises(ChannelAccessRefused):
        await place.publish(aio_pika.Message(b"{}"), routing_key=NAME, timeout=30)


async def test_the_tool_reads_nothing_and_makes_nothing(tool: str) -> None:
    async with await aio_pika.connect(tool) as connection:
        for attempt in (
            lambda channel: channel.declare_queue("of-the-tool", exclusive=True),
            lambda channel: channel.declare_exchange("of-the-tool"),
            lambda channel: channel.queue_delete(QUEUE),
            _get,
            _bind,
        ):
            async with connection.channel() as channel:
                with pytest.raises(ChannelAccessRefused):
                    await attempt(channel)


async def _get(channel: AbstractChannel) -> None:
    await (await channel.get_queue(QUEUE, ensure=False)).get(fail=False)


async def _bind(channel: AbstractChannel) -> None:
    await (await channel.get_queue(QUEUE, ensure=False)).bind(topology.INCIDENTS, routing_key="#")
