"""Saving an installation whose rooms rest: its databases, the log of events, and what waits in queues."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from aio_pika.abc import AbstractConnection

from deploy.local.errors import LocalError
from deploy.operate.broker import connected
from deploy.operate.log import end_of
from deploy.operate.pace import pace
from deploy.operate.saving import databases, manifest, messages
from deploy.operate.saving.files import Row, Writer, writing
from deploy.operate.saving.manifest import LOG, QUEUES, Kept, KeptCollection, Manifest
from deploy.operate.saving.quiet import Places, depths, refuse_hearers
from shared.clock import Clock
from shared.room import installed_version

ROUNDS = 5


def empty(folder: Path) -> None:
    """Make the folder. Raises: LocalError when there is something in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        msg = f"{folder} is not empty: name a new one for each backup"
        raise LocalError(msg)


async def save(where: Places, folder: Path, clock: Clock) -> Manifest:
    """Write everything into an empty folder, and return what it was.

    Raises: LocalError when a room works, or something cannot be read or written; the folder is then no backup.
    """
    async with connected(where.broker) as connection:
        refuse_hearers(await depths(connection))
        collections = _databases(where, folder)
        kept = await _Messages(connection, folder).save()
        refuse_hearers(await depths(connection))
    done = Manifest(
        version=installed_version(),
        made_at=clock.now(),
        collections=collections,
        log=kept.log,
        queues=kept.queues,
        waiting=kept.waiting,
    )
    manifest.save(folder, done)
    return done


def _databases(where: Places, folder: Path) -> list[KeptCollection]:
    with databases.opened(where) as client, pace("saving the databases", databases.count(client, where)) as advance:
        return databases.save(client, where, folder, advance)


@dataclass(frozen=True)
class _Kept:
    log: Kept
    queues: Kept
    waiting: dict[str, int]


@dataclass
class _Messages:
    """The log and the queues, as they are at one moment although incident tools may go on speaking.

    A fact reaches the log and the queues at once. When the log ends where it ended before the queues were looked
    through, both are of one moment; else what has come is read, and the queues are looked through again.
    """

    connection: AbstractConnection
    folder: Path
    read: int = 0
    waiting: dict[str, list[Row]] = field(default_factory=dict)

    async def save(self) -> _Kept:
        """Write both files. Raises: LocalError when the log does not come to rest."""
        with writing(self.folder / LOG) as log:
            await self._until_still(log)
        with writing(self.folder / QUEUES) as queues:
            for row in (row for rows in self.waiting.values() for row in rows):
                queues.add(row)
        counted = {name: len(rows) for name, rows in self.waiting.items() if rows}
        return _Kept(Kept.of(LOG, log), Kept.of(QUEUES, queues), counted)

    async def _until_still(self, log: Writer) -> None:
        for _ in range(ROUNDS):
            end = await end_of(self.connection)
            await self._log(log, end)
            depth = await depths(self.connection)
            self.waiting = {
                name: await messages.in_queue(self.connection, name)
                for name in messages.queues()
                if name in depth and depth[name].messages
            }
            if await end_of(self.connection) == end + 1:  # our own mark, and nothing else
                return
        msg = "events come faster than they are saved: see who still speaks, then run this again"
        raise LocalError(msg)

    async def _log(self, log: Writer, end: int) -> None:
        with pace("saving the log of events", end - self.read) as advance:
            async for part in messages.in_log(self.connection, self.read, end):
                for row in part:
                    log.add(row)
                advance(len(part))
        self.read = end
