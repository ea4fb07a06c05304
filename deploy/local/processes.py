"""Processes that outlive us, and the care never to end one that is not ours."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.errors import LocalError

MARK = "AFTERWORD_LOCAL_MARK"
SAME_START = 2.0  # seconds: the system's boot time, from which start times are counted, moves when the clock is set
KILL_WAIT = 5.0
PAUSE = 0.01

_children: dict[int, subprocess.Popen[bytes]] = {}  # kept so that our own children are reaped when they end


@dataclass(frozen=True)
class Process:
    """A process that we started. The start time and the mark tell it from a later one with the same number."""

    name: str
    pid: int
    created: float
    mark: str
    command: tuple[str, ...]


def spawn(name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path) -> Process:
    """Start a program in a session of its own, so that it survives us; what it prints is added to `log`.

    Raises: LocalError when it cannot be started.
    """
    mark = f"{name}-{secrets.token_hex(8)}"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        try:
            child = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**env, MARK: mark},
                cwd=cwd,
                start_new_session=True,
            )
        except OSError as error:
            msg = f"cannot start {name} with {command[0]}: {error.strerror}"
            raise LocalError(msg) from error
    _children[child.pid] = child
    return Process(name, child.pid, psutil.Process(child.pid).create_time(), mark, tuple(command))


def alive(process: Process) -> bool:
    """Tell whether the process runs; another one that got its number later does not count."""
    found = _ours(process)
    return found is not None


def stop(process: Process, grace: float) -> None:
    """End a process with everything it started: ask it, wait for `grace` seconds, then kill. Others are not touched.

    Raises: psutil.AccessDenied when it runs as somebody else.
    """
    leader = _ours(process)
    if leader is not None and grace > 0:
        leader.terminate()  # only the leader: it knows in which order its children end
        _wait_gone([leader], grace)
    left = _family(process)
    for member in left:
        _kill(member)
    _wait_gone(left, KILL_WAIT)
    _reap(process.pid)


def _ours(process: Process) -> psutil.Process | None:
    _reap(process.pid)
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.created) < SAME_START
        return found if same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def _family(process: Process) -> list[psutil.Process]:
    """Find the process and all that it started, even when it died before them: they inherited its mark."""
    leader = _ours(process)
    members = {leader.pid: leader} if leader else {}
    for other in psutil.process_iter():
        if _marked(other, process.mark):
            members[other.pid] = other
    return list(members.values())


def _marked(other: psutil.Process, mark: str) -> bool:
    try:
        return bool(other.environ().get(MARK) == mark)
    except (psutil.Error, OSError):  # gone meanwhile, or somebody else's: then it is not ours
        return False


def _wait_gone(members: Sequence[psutil.Process], seconds: float) -> None:
    end = time.monotonic() + seconds
    while any(_runs(member) for member in members) and time.monotonic() < end:
        time.sleep(PAUSE)


def _runs(member: psutil.Process) -> bool:
    """Tell whether it still works; one that has ended does not, even if its parent never collects it."""
    _reap(member.pid)
    try:
        return bool(member.is_running() and member.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _kill(member: psutil.Process) -> None:
    try:
        member.kill()
    except psutil.NoSuchProcess:
        return  # it ended by itself, which is what we want


def _reap(pid: int) -> None:
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        _children.pop(pid, None)


def caller_environment(*drop: str) -> dict[str, str]:
    """Return our own environment without the variables that begin with one of `drop`."""
    return {key: value for key, value in os.environ.items() if not key.startswith(drop)}
