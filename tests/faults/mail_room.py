"""The distribution room between servers of a test's own, in a process that may be killed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import free_port
from deploy.local.waiting import wait_until
from shared.messaging.broker import Bus
from shared.mongo import connect
from tests.faults.forked_room import ForkedRoom

HOST = "127.0.0.1"
START_SECONDS = 60


@dataclass(frozen=True)
class Site:
    """Where everything is: servers, the database's name, and a folder for the policy and what the room says."""

    rabbitmq_url: str
    mongo_url: str
    database: str
    folder: Path


@dataclass
class MailRoom:
    """The room as it runs, a way to talk to it, and its ledger."""

    bus: Bus
    rows: Any
    forked: ForkedRoom


@asynccontextmanager
async def mail_room(site: Site, policy: str, smtp_url: str, **more: str) -> AsyncIterator[MailRoom]:
    """Run the room with this policy and this relay until the block is left; `more` are environment variables.

    Raises: LocalError when it is not ready in time.
    """
    env = {
        "AFTERWORD_RABBITMQ_URL": site.rabbitmq_url,
        "AFTERWORD_MONGO_URL": site.mongo_url,
        "AFTERWORD_DATABASE": site.database,
        "AFTERWORD_SMTP_URL": smtp_url,
        "AFTERWORD_SECRET_KEY": "0123456789abcdef" * 2,
        "AFTERWORD_PUBLIC_URL": "https://pm.example.com",
        "AFTERWORD_POLICY": str(_policy(site.folder, policy)),
        "AFTERWORD_HTTP_HOST": HOST,
        "AFTERWORD_HTTP_PORT": str(free_port()),
    }
    client: Any = connect(site.mongo_url)
    forked, bus = ForkedRoom("distribution", site.folder, env | more), Bus(site.rabbitmq_url, "gateway")
    try:
        await bus.start()
        port = int(env["AFTERWORD_HTTP_PORT"])
        retry = (httpx.HTTPError,)
        wait_until(lambda: _is_ready(port), what="the room", seconds=START_SECONDS, retry=retry, log=forked.log)
        yield MailRoom(bus, client[f"{site.database}_distribution"]["deliveries"], forked)
    finally:
        await bus.stop()
        forked.end()
        client.close()


def _policy(folder: Path, text: str) -> Path:
    path = folder / "afterword.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _is_ready(port: int) -> None:
    httpx.get(f"http://{HOST}:{port}/health/ready", timeout=5).raise_for_status()
