"""From a fact on the bus to the mailbox of the one whom it concerns: once, also when the relay was away."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from mailbox import Maildir
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from pydantic import SecretStr

from deploy.local.ports import free_port
from deploy.local.site import REPOSITORY
from services.distribution.app import build
from services.distribution.settings import Settings
from shared.mongo import connect
from tests.integration.kernel_room import a_channel, depth, eventually
from tests.integration.told import tell
from tests.unit.distribution.fakes import ADA, BEN, assigned, reminder, review_notice

pytestmark = pytest.mark.timeout(200)
PATIENCE_S = 90.0
EXPECTED = {("ada@example.com", "Yours"): 1, ("ben@example.com", "Due soon"): 1}


class Relay:
    """The mail catcher on a port that is known before it runs."""

    def __init__(self, folder: Path) -> None:
        self.port, self.mails = free_port(), folder / "mail"
        Maildir(self.mails, create=True)  # whole before anybody looks: the catcher would make it part by part
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "deploy.local.mailcatcher", "--port", str(self.port)]
        self.process = subprocess.Popen([*command, "--maildir", str(self.mails)], cwd=REPOSITORY)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def came(self) -> Counter[tuple[str, str]]:
        """Count mails by recipient and the first word of their matter."""
        mails = list(Maildir(self.mails, create=False))
        return Counter((str(mail["To"]), str(mail["Subject"]).partition("] ")[2].partition(":")[0]) for mail in mails)


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    made = Relay(tmp_path)
    yield made
    made.stop()


@pytest.fixture
async def rows(
    relay: Relay, rabbitmq_url: str, mongo_url: str, database_name: str, connection: aio_pika.abc.AbstractConnection
) -> AsyncIterator[Any]:
    """Distribution as it is deployed, with the demo's policy; gives its ledger, whose relay does not run yet."""
    settings = Settings(
        rabbitmq_url=SecretStr(rabbitmq_url),
        mongo_url=SecretStr(mongo_url),
        database=database_name[:30],
        policy=REPOSITORY / "deploy" / "local" / "afterword.toml",
        smtp_url=SecretStr(f"smtp://127.0.0.1:{relay.port}?starttls=off"),
    )
    app, client = build(settings), connect(mongo_url)
    async with app.router.lifespan_context(app):
        yield client[f"{settings.database}_distribution"]["deliveries"]
    client.close()


async def until_came(relay: Relay, mails: dict[tuple[str, str], int]) -> None:
    """Wait for so many mails; more than these fail at once."""

    async def came() -> bool:
        found = await asyncio.to_thread(relay.came)
        assert found <= Counter(mails)
        return found == Counter(mails)

    await eventually(came, PATIENCE_S)


async def until_waiting(rows: Any, number: int) -> None:
    """Wait until so many mails were tried for, in vain."""

    async def waiting() -> bool:
        found = [row async for row in rows.find({"state": "pending"})]
        return len(found) == number and any("connect" in row["reply"] for row in found)

    await eventually(waiting, PATIENCE_S)


async def until_heard(url: str) -> None:
    """Wait until nothing is left to be heard."""

    async def heard() -> bool:
        async with a_channel(url) as channel:
            return not any(
                [
                    await depth(channel, f"distribution.{name}.v1")
                    for name in ("OwnerAssigned", "ReminderDue", "ReviewNotice")
                ]
            )

    await eventually(heard, PATIENCE_S)


async def test_a_fact_leads_to_one_mail_however_often_it_comes_and_whenever_the_relay_is_there(
    rows: Any, relay: Relay, rabbitmq_url: str
) -> None:
    now = datetime.now(UTC)
    given = ("fact-1", assigned(ADA, assigned_at=now))
    reminded = ("fact-2", reminder("draft_due", BEN, at=now, due=now + timedelta(days=1)))
    late = ("fact-3", reminder("item_late", ADA, at=now))
    asked = ("fact-4", review_notice("review_asked", BEN, at=now))

    await tell(rabbitmq_url, given, given, reminded)
    await until_waiting(rows, 2)
    relay.start()
    await until_came(relay, EXPECTED)

    await tell(rabbitmq_url, given, reminded, late, late, asked, asked)
    more = {("ada@example.com", "Action item late"): 1, ("ben@example.com", "Your review"): 1}
    await until_came(relay, {**EXPECTED, **more})
    await until_heard(rabbitmq_url)
    found = [row async for row in rows.find({})]
    assert [row["state"] for row in found] == ["accepted"] * 4
    assert {row["revision"] for row in found} == {0}
