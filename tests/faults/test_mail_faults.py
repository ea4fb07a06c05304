"""Mail through a relay that kills, stalls and refuses, from a room that is killed again and again.

Every valid recipient has a copy, a second one only where it was counted that it may come, bad recipients fail alone,
and the ledger says what the relay has. As a rule with few of everything; with AFTERWORD_FAULTS=all (`make faults`)
2,000 people get the mail and the room is killed twenty times.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deploy.local.testing import Servers
from shared.clock import new_id
from tests.faults.forked_room import ForkedRoom
from tests.faults.mail_room import MailRoom, Site, mail_room
from tests.faults.smtp_chaos import Chaos, Phase, Weather, chaotic
from tests.faults.smtp_sink import Copy, Sink, keeping
from tests.helpers.long_run import ALL
from tests.helpers.publishing import a_report, policy_with, publish
from tests.integration.kernel_room import eventually

RECIPIENTS, BAD, KILLS = (2000, 40, 20) if ALL else (200, 6, 3)
WEATHER = Weather(
    kill=0.004,
    nonsense=0.002,
    stall=0.02,
    later=0.03,
    never=0.002,
    stop=0.001 if ALL else 0.0,
    longest_s=5.0 if ALL else 0.5,
)
GOOD = [f"reader{number}@example.com" for number in range(RECIPIENTS - BAD)]
NOBODY = [f"nobody{number}@example.com" for number in range(BAD)]
pytestmark = pytest.mark.timeout(1800 if ALL else 240)


@dataclass
class Killer:
    """Kills the room whenever enough mails were taken, each time in another phase."""

    room: ForkedRoom
    sink: Sink
    random: Random
    plan: list[tuple[int, Phase]] = field(default_factory=list)
    kills: Counter[Phase] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Half of them come when it hurts most: the mail is taken, and nobody knows."""
        among = [Phase.MAIL, Phase.RCPT, Phase.TEXT, Phase.END, *[Phase.TAKEN] * 4]
        moments = sorted(self.random.sample(range(len(GOOD) * 9 // 10), KILLS))
        self.plan = [(moment, self.random.choice(among)) for moment in moments]

    def look(self, phase: Phase) -> None:
        """Kill it, if this is the moment."""
        if self.plan and phase is self.plan[0][1] and self._taken() >= self.plan[0][0]:
            self.plan.pop(0)
            self.kills[phase] += 1
            self.room.kill()

    def _taken(self) -> int:
        return sum(len(copy.recipients) for copy in self.sink.copies)


@dataclass
class World:
    """The room on a bad day, the relay, and the way there."""

    room: MailRoom
    sink: Sink
    chaos: Chaos
    killer: Killer

    def noted(self) -> set[str]:
        """Return the mails of which the room says that they may arrive twice, over all its lives."""
        lines = [line for line in self.room.forked.log.read_text().splitlines() if '"may arrive twice"' in line]
        said = [json.loads(line) for line in lines]
        return {str(each["delivery"]) for each in said}


@asynccontextmanager
async def time_passes(rows: Any) -> AsyncIterator[None]:
    """Let what waits to be tried again wait no longer than half a second."""

    async def hurry() -> None:
        while True:
            now = datetime.now(UTC)
            await rows.update_many({"state": "pending", "not_before": {"$gt": now}}, {"$set": {"not_before": now}})
            await asyncio.sleep(0.5)

    hurrying = asyncio.create_task(hurry())
    yield
    hurrying.cancel()
    with suppress(asyncio.CancelledError):
        await hurrying


@pytest.fixture(params=["person", "list"] if ALL else ["person"])
async def world(
    request: pytest.FixtureRequest, servers: Servers, rabbitmq_url: str, database_name: str, tmp_path: Path
) -> AsyncIterator[World]:
    random = Random(7)  # noqa: S311 - the same story every time, as far as the machine lets it
    site = Site(rabbitmq_url, servers.mongodb.url, database_name, tmp_path)
    policy = policy_with([*GOOD, *NOBODY], mode=f'"{request.param}"', address='"everyone@example.com"')
    async with (
        keeping(frozenset(NOBODY)) as sink,
        chaotic(sink.port, WEATHER, random) as chaos,
        mail_room(site, policy, f"smtp://127.0.0.1:{chaos.port}?starttls=off") as room,
    ):
        killer = Killer(room.forked, sink, random)
        chaos.look = killer.look
        yield World(room, sink, chaos, killer)


async def test_every_valid_recipient_has_a_copy_and_the_ledger_says_what_the_relay_has(world: World) -> None:
    await publish(world.room.bus, a_report(new_id(), GOOD[0], paragraphs=10))
    async with time_passes(world.room.rows):
        await eventually(lambda: is_through(world.room.rows), timeout=1500 if ALL else 200)
    rows = {row["recipient"]: row for row in await world.room.rows.find({}).to_list(None)}
    assert not world.killer.plan
    tell(world, rows)
    check_ledger(world, rows)
    check_copies(world, rows)


async def is_through(rows: Any) -> bool:
    """Say whether there is a row for everybody, and none of them waits."""
    states = [row["state"] for row in await rows.find({}, {"state": 1}).to_list(None)]
    return len(states) == RECIPIENTS and not {"pending", "sending"} & set(states)


def check_ledger(world: World, rows: dict[str, Any]) -> None:
    """Whoever was not refused for good was accepted; the ledger is wrong about nobody."""
    failed = {email for email, row in rows.items() if row["state"] == "failed"}
    accepted = {email for email, row in rows.items() if row["state"] == "accepted"}
    took, noted = set(copies_of(world)), world.noted()
    assert failed | accepted == {*GOOD, *NOBODY}
    assert set(NOBODY) <= failed
    assert {email: rows[email]["reply"] for email in failed - world.chaos.refused} == {}
    assert all(" 55" in rows[email]["reply"] for email in failed)
    assert accepted <= took
    assert all(may_be_double(rows[email], noted) for email in took - accepted)


def check_copies(world: World, rows: dict[str, Any]) -> None:
    """A second copy came only where that was said, never more often than it was tried, and is the same mail."""
    noted = world.noted()
    for email, copies in copies_of(world).items():
        row = rows[email]
        assert len(copies) <= row["claim"]
        assert len(copies) <= 1 or may_be_double(row, noted), (email, row)
        assert len({(copy.sender, copy.content) for copy in copies}) == 1
        assert message_from_bytes(copies[0].content)["Message-ID"] == row["message_id"]


def copies_of(world: World) -> dict[str, list[Copy]]:
    """Return what the relay took for whom."""
    found: dict[str, list[Copy]] = {}
    for copy in world.sink.copies:
        for email in copy.recipients:
            found.setdefault(email, []).append(copy)
    return found


def may_be_double(row: Any, noted: set[str]) -> bool:
    """Say whether the room has counted that a mail may come twice."""
    return bool({row["_id"], row["message_id"]} & noted)


def tell(world: World, rows: dict[str, Any]) -> None:
    """Say what happened."""
    states = dict(Counter(row["state"] for row in rows.values()))
    copies = copies_of(world)
    sys.stdout.write(
        f"kills: {dict(world.killer.kills)}; on the way: {dict(world.chaos.did)}\n"
        f"rows: {states}; people who have a copy: {len(copies)}, copies: {sum(len(each) for each in copies.values())}, "
        f"mails that may arrive twice: {len(world.noted())}\n"
    )
