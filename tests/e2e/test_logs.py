"""What the five services log while an incident goes its way and others do not: lines name messages, not people."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aio_pika
import httpx
import pytest

from deploy.demo import AUTHOR, sections, tell
from deploy.demo.driver import Driver
from deploy.local.rooms import ROOMS
from deploy.local.run import Run
from services.gateway.domain.sources.pagerduty import sign
from shared.clock import new_id

ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.")
SECRET_WORDS = "the connection pool of checkout ran dry"
POISON = {"revision": "three", "title": SECRET_WORDS, "owner": {"email": "ada.moreno@example.com"}}


def lines(folder: Path) -> list[dict[str, Any]]:
    """Return what all rooms have logged so far; every line is an object."""
    texts = ((folder / "log" / f"{room}.log").read_text(encoding="utf-8") for room in ROOMS)
    return [json.loads(line) for text in texts for line in text.splitlines()]


async def poison(running: Run, id: str) -> None:
    """Say what no room can read, about this postmortem."""
    connection = await aio_pika.connect(running.rabbitmq_url)
    async with connection, connection.channel() as channel:
        events = await channel.get_exchange("afterword.events")
        body = json.dumps({"postmortem_id": id, **POISON}).encode()
        await events.publish(aio_pika.Message(body, headers={"ce-id": new_id()}), routing_key="DraftRevised.v1")


def send_what_is_not_understood(driver: Driver) -> httpx.Response:
    """Send a genuine webhook that says nothing that we know, with words of people in it."""
    body = json.dumps({"event": {"event_type": "incident.triggered", **POISON}}).encode()
    signature = sign(body, driver.run["webhook_secrets"]["pagerduty"])
    return driver.client.post(
        "/v1/webhooks/pagerduty",
        content=body,
        headers={"X-PagerDuty-Signature": signature, "Content-Type": "application/json"},
    )


@pytest.fixture
async def told(running: Run, driver: Driver, folder: Path) -> list[dict[str, Any]]:
    """The lines of a whole way, of a message that is parked, and of a webhook that is put aside."""
    tell(driver, lambda _: None)
    await poison(running, driver.id)
    assert send_what_is_not_understood(driver).status_code == 202
    driver.get(AUTHOR, "/v1/reviewers/nobody.at.all@example.com")
    driver.until(
        "the line of what is parked",
        lambda: {line["event"] for line in lines(folder)},
        {"parked", "webhook not understood"}.issubset,
    )
    return lines(folder)


def test_lines_name_message_cause_and_postmortem_and_neither_people_nor_reports(
    told: list[dict[str, Any]], driver: Driver
) -> None:
    assert {line["service"] for line in told} == set(ROOMS)
    assert all({"event", "level", "timestamp"} <= set(line) for line in told)
    handled = [line for line in told if line.get("subject") and line.get("message")]
    assert all(line["correlation_id"] for line in handled)
    words = [SECRET_WORDS, *(line for text in sections().values() for line in text.splitlines() if len(line) > 20)]
    for line in told:
        text = json.dumps({name: value for name, value in line.items() if name != "by"}, ensure_ascii=False)
        assert not ADDRESS.search(text), text
        assert not [each for each in words if each in text], text
