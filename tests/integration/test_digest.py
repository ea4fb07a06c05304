"""A weekly digest as it is deployed: two instances on one database and one bus, and one mail a person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aio_pika
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from deploy.local.site import REPOSITORY
from services.distribution.app import build
from services.distribution.domain.digest.plan import Plan
from services.distribution.domain.preferences import MailPreference
from services.distribution.settings import Settings
from services.distribution.settings.digest import DAYS
from services.distribution.store import MongoDigests, MongoPreferences, MongoPublications
from shared.contracts.mail_preferences import WEEKLY_DIGEST, Reports, preference_id
from shared.messaging.documents import Change, Handled
from shared.mongo import Database, connect, database
from tests.integration.kernel_room import eventually
from tests.integration.test_notices import PATIENCE_S, Relay
from tests.unit.distribution.sharing_fakes import out

pytestmark = pytest.mark.timeout(200)
READERS = ("ada@example.com", "ben@example.com")
POLICY = REPOSITORY / "deploy" / "local" / "afterword.toml"


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    made = Relay(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def due() -> datetime:
    """When this week's digest is due: the hour before this one."""
    return (datetime.now(UTC) - timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def settings(
    relay: Relay, due: datetime, tmp_path: Path, rabbitmq_url: str, mongo_url: str, database_name: str
) -> Settings:
    """The demo's policy, but for when digests are sent."""
    policy = tmp_path / "afterword.toml"
    zoned = POLICY.read_text("utf-8").replace('timezone = "Europe/Berlin"', 'timezone = "UTC"')
    policy.write_text(zoned.replace('day = "mon"\nhour = 9', f'day = "{DAYS[due.weekday()]}"\nhour = {due.hour}'))
    return Settings(
        rabbitmq_url=SecretStr(rabbitmq_url),
        mongo_url=SecretStr(mongo_url),
        database=database_name[:30],
        policy=policy,
        smtp_url=SecretStr(f"smtp://127.0.0.1:{relay.port}?starttls=off"),
    )


@pytest.fixture
async def store(settings: Settings, mongo_url: str) -> AsyncIterator[Database]:
    client = connect(mongo_url)
    yield database(client, f"{settings.database}_distribution")
    client.close()


async def is_known(store: Database, due: datetime) -> None:
    """Let there be a report of this week, and two people who chose digests."""
    handled = Handled(id="x", at=due, reply=None)
    id, published = out(due - timedelta(days=1))
    settled = published.changed(completed=True)
    await MongoPublications(store).write(Change(key=id, version=0, state=settled, handled=handled))
    for email in READERS:
        chosen = MailPreference(email=email, reports=Reports.DIGEST, since=due)
        await MongoPreferences(store).write(Change(key=preference_id(email), version=0, state=chosen, handled=handled))


def _running(app: Starlette) -> AbstractAsyncContextManager[object]:
    return app.router.lifespan_context(app)


async def test_two_instances_send_one_digest_a_person(
    settings: Settings, store: Database, relay: Relay, due: datetime, connection: aio_pika.abc.AbstractConnection
) -> None:
    await is_known(store, due)
    week = Plan(day=due.weekday(), hour=due.hour, zone=ZoneInfo("UTC")).newest(datetime.now(UTC))
    rows = store["deliveries"]

    async def is_through() -> bool:
        digest = await MongoDigests(store).state_of(week.key)
        return digest is not None and digest.recipients == 2 and await rows.count_documents({"state": "accepted"}) == 2

    async with AsyncExitStack() as running:
        for _ in range(2):
            await running.enter_async_context(_running(build(settings)))
        await eventually(is_through, PATIENCE_S)
    about = f"Week {week.name[-2:]}"
    assert relay.came() == {(email, about): 1 for email in READERS}
    assert [row["list"] async for row in rows.find({})] == [WEEKLY_DIGEST] * 2
