"""A MongoDB replica set of three on this machine, whose members can be killed, frozen and filled up."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

import pymongo
from pymongo.errors import PyMongoError

from deploy.local import mongodb_program, processes
from deploy.local.ports import HOST, free_port, is_free
from deploy.local.processes import Process, caller_environment, spawn
from deploy.local.site import Site
from deploy.local.waiting import NotYet, wait_until

SET = "afterword-faults"
MEMBERS = 3
SMALLEST_DISK_MB = 512  # a fresh member takes 300: the journal is laid out in files of 100
SMALLEST_OPLOG_MB = 16
MIB = b"\0" * 2**20
STEPPED_DOWN_S = 10
PATIENCE_S = 60.0
SMALL = (
    *("--wiredTigerCacheSizeGB", "0.25", "--quiet", "--nounixsocket"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    *("--syncdelay", "1"),  # a checkpoint a second: a full disk is met at once, not within a minute
    # a member that follows a frozen one looks for another within seconds, not after ten and more
    *("--setParameter", "oplogNetworkTimeoutBufferSeconds=1"),
    *("--setParameter", "oplogFetcherSteadyStateMaxFetcherRestarts=0"),
)
Client = pymongo.MongoClient[dict[str, Any]]


class ReplicaSet:
    """Three members under `folder`; each keeps its port and its data through every death.

    Every method blocks and may be called from any thread; those that wait raise LocalError when time is up.
    """

    def __init__(self, folder: Path, *, disk_mb: int = SMALLEST_DISK_MB, oplog_mb: int = SMALLEST_OPLOG_MB) -> None:
        self._disk_mb = disk_mb
        self._oplog_mb = oplog_mb
        self._folders = [folder / f"member-{index}" for index in range(MEMBERS)]
        self._disks: list[Path] = []
        self._ports = [free_port() for _ in self._folders]
        self._processes: dict[int, Process] = {}
        self._frozen: set[int] = set()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The whole set's address."""
        return f"mongodb://{','.join(self._hosts)}/?replicaSet={SET}"

    @property
    def can_fill_disk(self) -> bool:
        """Whether each member has a small disk of its own; only root may mount one."""
        return len(self._disks) == MEMBERS

    @property
    def _hosts(self) -> list[str]:
        return [f"{HOST}:{port}" for port in self._ports]

    def start(self) -> Self:
        """Start all members and return self as soon as any of them may fail."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self) -> None:
        for folder in self._folders:
            folder.mkdir(parents=True)
            if _mounted(folder, self._disk_mb):
                self._disks.append(folder)
        for index in range(MEMBERS):
            self._spawn(index)
        self._until(self._initiate, "the new replica set")
        noted = self._note()
        for index in range(MEMBERS):
            self._until(partial(self._check_kept, index, noted), f"a checkpoint of member {index}", index)

    def stop(self) -> None:
        """Kill all members and unmount their disks."""
        for index in range(MEMBERS):
            self.kill(index)
        while self._disks:
            self._until(partial(_unmount, self._disks[-1]), f"the unmounting of {self._disks[-1]}")
            self._disks.pop()

    def primary(self) -> int:
        """Return which member is the primary; waits until there is one."""
        found: list[int] = []

        def look() -> None:
            claims = {index: _claim(self._hello(index)) for index in self._awake()}
            # one that was frozen may take itself for the primary still: the latest election counts
            newest = max((claim for claim in claims.values() if claim), default=None)
            found.extend(index for index, claim in claims.items() if claim and claim == newest)
            if not found:
                raise NotYet("nobody is the primary")

        self._until(look, "a primary")
        return found[0]

    def alive(self, index: int) -> bool:
        """Say whether a member's process runs, frozen or not."""
        return index in self._processes and processes.alive(self._processes[index])

    def kill(self, index: int) -> None:
        """Kill a member without warning; nothing happens to a dead one."""
        self._frozen.discard(index)
        if index in self._processes:
            processes.stop(self._processes[index], 0)

    def start_member(self, index: int) -> None:
        """Start a dead member again with what was on its disk; returns when it is a member again."""
        self._spawn(index)
        self._until_follows(index)

    def freeze(self, index: int) -> None:
        """Stop a member from doing anything, with its connections open."""
        self._frozen.add(index)
        os.kill(self._processes[index].pid, signal.SIGSTOP)

    def thaw(self, index: int) -> None:
        """Let a frozen member go on."""
        os.kill(self._processes[index].pid, signal.SIGCONT)
        self._frozen.discard(index)

    def step_down(self) -> None:
        """Make the primary hand over to another member."""
        with self._client(self.primary()) as client:
            client.admin.command("replSetStepDown", STEPPED_DOWN_S, secondaryCatchUpPeriodSecs=5)

    def fill_disk(self, index: int) -> None:
        """Leave no byte free on a member's disk; it ends itself at its next checkpoint. Needs `can_fill_disk`."""
        with self._ballast(index).open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(MIB)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free_disk(self, index: int) -> None:
        """Take away what filled a member's disk, and start the member again if it has ended."""
        self._ballast(index).unlink()
        if not self.alive(index):
            self.start_member(index)

    def _ballast(self, index: int) -> Path:
        return self._disks[index] / "ballast"

    def _awake(self) -> list[int]:
        return [index for index in range(MEMBERS) if self.alive(index) and index not in self._frozen]

    def _spawn(self, index: int) -> None:
        folder, port = self._folders[index], self._ports[index]
        self._until(lambda: _let_go(port), f"port {port}")
        program = mongodb_program.find_or_install(Site(folder).tools)
        address = ("--dbpath", str(folder), "--port", str(port), "--bind_ip", HOST, "--replSet", SET)
        self._processes[index] = spawn(
            f"mongodb-{index}",
            [str(program), *address, "--oplogSize", str(self._oplog_mb), *SMALL],
            log=self._log(index),
            env=caller_environment("AFTERWORD_"),
            cwd=folder,
        )

    def _initiate(self) -> None:
        members = [{"_id": index, "host": host} for index, host in enumerate(self._hosts)]
        settings = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500, "catchUpTimeoutMillis": 2000}
        for index in range(MEMBERS):
            self._hello(index)
        with self._client(0) as client:
            client.admin.command("replSetInitiate", {"_id": SET, "members": members, "settings": settings})

    def _note(self) -> Any:
        """Write what changes nothing and return its time, once a majority has it."""
        with self._client(self.primary()) as client:
            note = client.admin.command("appendOplogNote", 1, data={"ready": 1}, writeConcern={"w": MEMBERS})
        return note["operationTime"]

    def _check_kept(self, index: int, noted: Any) -> None:
        """Without a first checkpoint that everybody agrees to, a member that has to roll back ends itself for good."""
        with self._client(index) as client:
            if client.admin.command("replSetGetStatus")["lastStableRecoveryTimestamp"] < noted:
                raise NotYet("nothing to roll back to")

    def _until_follows(self, index: int) -> None:
        def follows() -> None:
            told = self._hello(index)
            if not (told.get("isWritablePrimary") or told.get("secondary")):
                raise NotYet("not in the set")

        self._until(follows, f"member {index}", index)

    def _hello(self, index: int) -> dict[str, Any]:
        with self._client(index) as client:
            return dict(client.admin.command("hello"))

    def _client(self, index: int) -> Client:
        return pymongo.MongoClient(
            self._hosts[index], directConnection=True, serverSelectionTimeoutMS=500, connectTimeoutMS=500
        )

    def _until(self, check: Callable[[], None], what: str, index: int | None = None) -> None:
        wait_until(
            check,
            what=what,
            seconds=PATIENCE_S,
            retry=(PyMongoError,),
            started=None if index is None else self._processes[index],
            log=None if index is None else self._log(index),
        )

    def _log(self, index: int) -> Path:
        return self._folders[index].with_suffix(".log")


def _claim(told: dict[str, Any]) -> Any:
    """The election that a member says it won; None unless it takes itself for the primary."""
    return told.get("electionId") if told.get("isWritablePrimary") else None


def _let_go(port: int) -> None:
    """See whether the connections of a dead member have let go of its port."""
    if not is_free(port):
        raise NotYet("in use")


def _mounted(folder: Path, size: int) -> bool:
    """Try to lay a folder on a small disk of its own, in memory."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=700", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0


def _unmount(disk: Path) -> None:
    """Give a disk back; for a moment after its death, a killed member's threads still hold it."""
    done = subprocess.run(["umount", str(disk)], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotYet(done.stderr)
