"""What a real Postfix gives back: it comes to the room, and whoever's mail came back gets no more of it.

Only with AFTERWORD_FAULTS=all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import free_port
from deploy.local.testing import Servers
from shared.clock import new_id
from shared.contracts.events import ReviewApproved
from tests.faults.mail_room import MailRoom, Site, mail_room
from tests.faults.smtp_sink import Sink, keeping
from tests.helpers import postfix
from tests.helpers.long_run import in_long_runs
from tests.helpers.publishing import a_report, policy_with, publish
from tests.integration.kernel_room import eventually

pytestmark = [in_long_runs, pytest.mark.timeout(300)]
NOBODY = "nobody@example.com"
GOOD = [f"reader{number}@example.com" for number in range(20)]
BOUNCES = '\n[distribution.bounces]\ndomain = "return.example.com"\nhard = 1\n'


@pytest.fixture
async def hop() -> AsyncIterator[Sink]:
    if reason := postfix.why_not():
        pytest.skip(reason)
    async with keeping(frozenset({NOBODY})) as sink:
        yield sink


@pytest.fixture
async def room(
    hop: Sink, servers: Servers, rabbitmq_url: str, database_name: str, tmp_path: Path
) -> AsyncIterator[MailRoom]:
    """The room behind a Postfix that hands what comes back to it."""
    site, back = Site(rabbitmq_url, servers.mongodb.url, database_name, tmp_path), free_port()
    next_hop, returns = f"smtp:[127.0.0.1]:{hop.port}", f"lmtp:inet:127.0.0.1:{back}"
    starting = postfix.postfix(next_hop, return_example_com=returns)
    relay = await asyncio.to_thread(starting.__enter__)
    more = {"SSL_CERT_FILE": str(relay.ca), "AFTERWORD_BOUNCE_LISTEN": f"127.0.0.1:{back}"}
    try:
        async with mail_room(site, policy_with([*GOOD, NOBODY]) + BOUNCES, relay.url, **more) as made:
            yield made
    finally:
        await asyncio.to_thread(starting.__exit__, None, None, None)


async def test_somebody_whom_the_next_hop_does_not_know_is_mailed_once_and_never_again(
    room: MailRoom, hop: Sink
) -> None:
    first = a_report(new_id(), GOOD[0])
    await publish(room.bus, first)
    await eventually(lambda: is_one_of(room, first, "failed"), timeout=90)
    reports = [first]

    async def is_suppressed() -> bool:
        """That mail to an address ended is looked up before each few mails: one may be on its way already."""
        reports.append(a_report(new_id(), GOOD[0]))
        await publish(room.bus, reports[-1])
        await eventually(lambda: is_one_of(room, reports[-1], "suppressed", "accepted", "failed"), timeout=90)
        return await is_one_of(room, reports[-1], "suppressed")

    await eventually(is_suppressed, timeout=90)
    for email in GOOD:
        await eventually(lambda email=email: has(hop, email, len(reports)), timeout=60)  # type: ignore[misc]
    assert hop.to(NOBODY) == []


async def is_one_of(room: MailRoom, report: ReviewApproved, *states: str) -> bool:
    """Say whether the row of whom the next hop does not know stands so."""
    wanted = {"postmortem_id": report.postmortem_id, "recipient": NOBODY, "revision": 2}
    row: Any = await room.rows.find_one(wanted)
    return row is not None and row["state"] in states


async def has(hop: Sink, email: str, reports: int) -> bool:
    return len(hop.to(email)) == reports
