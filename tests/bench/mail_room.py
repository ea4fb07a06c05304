"""The whole way of a mail: a publication, the ledger in MongoDB, rendering, and sending, in the room's own process."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from deploy.local.ports import free_port
from deploy.local.testing import Servers, fresh_database_name, vhost
from deploy.local.waiting import wait_until
from shared.clock import new_id
from shared.messaging.broker import Bus
from shared.mongo import connect
from tests.bench.mail_ways import HOST, Took
from tests.faults.forked_room import ForkedRoom
from tests.helpers.publishing import a_report, policy_with, publish
from tests.integration.kernel_room import eventually

PATIENCE_S = 900.0


@dataclass
class Room:
    """The room as it runs, and its ledger."""

    bus: Bus
    rows: Any
    forked: ForkedRoom
    people: list[str]

    async def send(self, paragraphs: int) -> Took:
        """Publish a report of so many paragraphs to everybody; say what it took until the last mail was settled."""
        report = a_report(new_id(), self.people[0], paragraphs)
        process = psutil.Process(self.forked.pid)
        before, began = _cpu(process), time.time()
        await publish(self.bus, report)
        await eventually(lambda: self._is_through(report.postmortem_id), timeout=PATIENCE_S)
        (last,) = await self.rows.find({"postmortem_id": report.postmortem_id}).sort("updated_at", -1).to_list(1)
        return Took(last["updated_at"].timestamp() - began, _cpu(process) - before)

    async def _is_through(self, postmortem_id: str) -> bool:
        states = {"postmortem_id": postmortem_id, "state": {"$in": ["accepted", "failed", "unknown", "suppressed"]}}
        return bool(await self.rows.count_documents(states) == len(self.people))

    def megabytes(self, which: str = "VmRSS") -> float:
        """Return its memory of now; with VmHWM the most that it ever had."""
        status = Path(f"/proc/{self.forked.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith(which))
        return int(line.split()[1]) / 1024


@asynccontextmanager
async def room(servers: Servers, folder: Path, relay: int, people: list[str], **lists: str) -> AsyncIterator[Room]:
    """Run the room with these people on lists with these fields, on a broker and a database with nothing in them."""
    policy, database, port = _policy(folder, policy_with(people, **lists)), fresh_database_name(), free_port()
    with vhost(servers.rabbitmq) as rabbitmq_url:
        env = {
            "AFTERWORD_RABBITMQ_URL": rabbitmq_url,
            "AFTERWORD_MONGO_URL": servers.mongodb.url,
            "AFTERWORD_DATABASE": database,
            "AFTERWORD_SMTP_URL": f"smtp://{HOST}:{relay}?starttls=off",
            "AFTERWORD_SECRET_KEY": "0123456789abcdef" * 2,
            "AFTERWORD_PUBLIC_URL": "https://pm.example.com",
            "AFTERWORD_POLICY": str(policy),
            "AFTERWORD_HTTP_HOST": HOST,
            "AFTERWORD_HTTP_PORT": str(port),
        }
        client: Any = connect(servers.mongodb.url)
        forked, bus = ForkedRoom("distribution", folder, env), Bus(rabbitmq_url, "gateway")
        try:
            await bus.start()
            wait_until(lambda: _is_ready(port), what="the room", seconds=60, retry=(httpx.HTTPError,), log=forked.log)
            yield Room(bus, client[f"{database}_distribution"]["deliveries"], forked, people)
        finally:
            await bus.stop()
            forked.end()
            client.close()


def _policy(folder: Path, text: str) -> Path:
    folder.mkdir()
    path = folder / "afterword.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _is_ready(port: int) -> None:
    httpx.get(f"http://{HOST}:{port}/health/ready", timeout=5).raise_for_status()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
