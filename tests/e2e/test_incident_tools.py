"""Each incident tool posts one life of an incident, with its own proof: the draft is the one that was read by eye."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import httpx
import pytest

from deploy.demo import AUTHOR
from deploy.demo.driver import Driver, Json
from deploy.local.run import Run
from shared.clock import new_id
from tests.helpers.lives import OWN_FORM, TOOLS, Life, Sent, in_order, proven

SEEDS = (1, 2, 3)
REPEATS = 'afterword_messages_duplicate_total{message="IncidentReported.v1",room="drafting"} '


def secret_of(driver: Driver, tool: str) -> str:
    """Return what the tool proves itself with."""
    return driver.key_of(driver.person("tool")) if tool == OWN_FORM else str(driver.run["webhook_secrets"][tool])


def deliver(driver: Driver, tool: str, sent: Sent) -> Json:
    """Post a delivery as its tool does; return the answer."""
    headers = proven(sent, secret_of(driver, tool), datetime.now(UTC))
    answer = driver.client.post(sent.path, content=sent.body, headers=headers)
    assert answer.status_code == 202, answer.text
    body: Json = answer.json()
    return body


def happen(driver: Driver, life: Life, rows: Iterable[Json]) -> list[Sent]:
    """Let an incident happen: each delivery is made when it is sent. Return them as they were sent."""
    sent = []
    for row in rows:
        sent.append(life.sent(row, datetime.now(UTC)))
        deliver(driver, life.tool, sent[-1])
    return sent


def wholes(driver: Driver, life: Life) -> list[Json]:
    """Return the incident's postmortems as they are now."""
    found = (driver.get(AUTHOR, f"/v1/postmortems/{id}") for id in life.ids())
    return [whole for whole in found if whole.get("id")]


def comes_out_right(driver: Driver, life: Life) -> list[Json]:
    """Wait until the drafts are what they must be; return the postmortems."""

    def seen() -> list[Json]:
        return in_order(wholes(driver, life))

    driver.until(f"the draft of {life.tool}", seen, lambda drafts: drafts == life.expected())
    return wholes(driver, life)


def repeats(running: Run) -> float:
    """Return how many incident events drafting has taken for repeats so far."""
    lines = httpx.get(f"{running.http['drafting']}/metrics").text.splitlines()
    return sum(float(line.removeprefix(REPEATS)) for line in lines if line.startswith(REPEATS))


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_s_incident_becomes_its_draft_and_the_same_deliveries_again_change_nothing(
    tool: str, running: Run, driver: Driver
) -> None:
    life = Life(tool, driver.incident)
    sent = happen(driver, life, life.rows())
    first = comes_out_right(driver, life)
    known = repeats(running)
    told = sum(len(deliver(driver, tool, each)["message_ids"]) for each in sent)
    driver.until("the repeats", lambda: repeats(running), lambda seen: seen >= known + told)
    assert in_order(wholes(driver, life)) == life.expected()
    assert [each["revision"] for each in wholes(driver, life)] == [each["revision"] for each in first]
    assert [each["content_hash"] for each in wholes(driver, life)] == [each["content_hash"] for each in first]


@pytest.mark.parametrize("seed", SEEDS)
def test_in_another_order_every_tool_s_incident_becomes_the_same_draft(seed: int, driver: Driver) -> None:
    lives = [Life(tool, f"Q{new_id().replace('-', '')[-13:].upper()}") for tool in TOOLS]
    for life in lives:
        happen(driver, life, life.shuffled(seed))
    for life in lives:
        comes_out_right(driver, life)
