"""Fixtures of more than one file: the command line on a test's own servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aio_pika
import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.local.testing import Servers
from deploy.operate.broker import MANAGEMENT, RABBITMQ
from deploy.operate.keeping import SECRET_KEY as SECRET
from deploy.operate.room_databases import DATABASE, MONGO
from shared.messaging import topology
from tests.helpers.doctoring import Found, Look
from tests.helpers.front_door import SECRET_KEY

POLICY = Path(__file__).parents[2] / "deploy" / "local" / "afterword.toml"
Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def afterword_replay(rabbitmq_url: str, mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line, working on the test's virtual host and database."""
    for name, value in ((RABBITMQ, rabbitmq_url), (MONGO, mongo_url), (DATABASE, database_name)):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(MANAGEMENT, raising=False)

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ("replay", *words)))

    return run


@pytest.fixture
def afterword_key(mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line, working on the test's database, with the secret key of the gateway there."""
    for name, value in ((MONGO, mongo_url), (DATABASE, database_name), (SECRET, SECRET_KEY)):
        monkeypatch.setenv(name, value)

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ("key", *words)))

    return run


@pytest.fixture
async def connection(rabbitmq_url: str) -> AsyncIterator[aio_pika.abc.AbstractConnection]:
    """A connection to a broker that has everything that the rooms need."""
    async with await aio_pika.connect(rabbitmq_url) as connected:
        await topology.declare(connected)
        yield connected


@pytest.fixture
def look(servers: Servers, rabbitmq_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Look:
    """What the command finds on the test's own servers, with some settings changed."""
    given = {
        "RABBITMQ_URL": rabbitmq_url,
        "RABBITMQ_MANAGEMENT_URL": servers.rabbitmq.management_url or "",
        "MONGO_URL": servers.mongodb.url,
        "DATABASE": database_name,
        "CALDAV_URL": servers.radicale.url_with_account,
        "SMTP_URL": servers.mailcatcher.smtp_url,
        "POLICY": str(POLICY),
        "SECRET_KEY": "x" * 32,
    }

    async def run(*rooms: str, **changed: str) -> Found:
        for name, value in {**given, **changed}.items():
            monkeypatch.setenv(f"AFTERWORD_{name}", value)
        words = ["doctor", "--json", "--timeout", "60", *(word for room in rooms for word in ("--room", room))]
        result = await asyncio.to_thread(lambda: CliRunner().invoke(app, words))
        found: Found = json.loads(result.stdout)
        assert result.exit_code == int(any(each["state"] == "failed" for each in found))
        return found

    return run
