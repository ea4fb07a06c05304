"""The whole way of a mail: a publication, the ledger in MongoDB, rendering, and sending, in the room's own process."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.testing import Servers, fresh_database_name, vhost
from shared.clock import new_id
from tests.bench.mail_ways import HOST, Took
from tests.faults.mail_room import MailRoom, Site, mail_room
from tests.helpers.publishing import a_report, policy_with, publish
from tests.integration.kernel_room import eventually

PATIENCE_S = 900.0


@dataclass
class Room:
    """The room as it runs, and its ledger."""

    running: MailRoom
    people: list[str]

    async def send(self, paragraphs: int) -> Took:
        """Publish a report of so many paragraphs to everybody; say what it took until the last mail was settled."""
        report = a_report(new_id(), self.people[0], paragraphs)
        process = psutil.Process(self.running.forked.pid)
        before, began = _cpu(process), time.time()
        await publish(self.running.bus, report)
        await eventually(lambda: self._is_through(report.postmortem_id), timeout=PATIENCE_S)
        (last,) = (
            await self.running.rows.find({"postmortem_id": report.postmortem_id}).sort("updated_at", -1).to_list(1)
        )
        return Took(last["updated_at"].timestamp() - began, _cpu(process) - before)

    async def _is_through(self, postmortem_id: str) -> bool:
        states = {"postmortem_id": postmortem_id, "state": {"$in": ["accepted", "failed", "unknown", "suppressed"]}}
        return bool(await self.running.rows.count_documents(states) == len(self.people))

    def megabytes(self, which: str = "VmRSS") -> float:
        """Return its memory of now; with VmHWM the most that it ever had."""
        status = Path(f"/proc/{self.running.forked.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith(which))
        return int(line.split()[1]) / 1024


@asynccontextmanager
async def room(servers: Servers, folder: Path, relay: int, people: list[str], **lists: str) -> AsyncIterator[Room]:
    """Run the room with these people on lists with these fields, on a broker and a database with nothing in them."""
    with vhost(servers.rabbitmq) as rabbitmq_url, tempfile.TemporaryDirectory(dir=folder) as place:
        site = Site(rabbitmq_url, servers.mongodb.url, fresh_database_name(), Path(place))
        policy, url = policy_with(people, **lists), f"smtp://{HOST}:{relay}?starttls=off"
        async with mail_room(site, policy, url) as running:
            yield Room(running, people)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
