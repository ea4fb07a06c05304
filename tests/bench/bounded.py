"""Processes that get a part of a core each: what more cores would bring, seen on a machine of two.

Linux's control groups do it (`cpu.max` of version 2, `cpu.cfs_quota_us` of version 1); only root may.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local.errors import LocalError

ROOT = Path("/sys/fs/cgroup")
PERIOD_US = 20_000
"""Short, so that a process never stands still for longer than a message takes."""


@contextmanager
def bounded(pids: Iterable[int], part: float) -> Iterator[None]:
    """Give each process so much of a core (0 to 1), and no more, while the block runs. Raises: LocalError."""
    with ExitStack() as groups:
        for pid in pids:
            groups.enter_context(_bounded(pid, part))
        yield


@contextmanager
def _bounded(pid: int, part: float) -> Iterator[None]:
    first = (ROOT / "cpu").is_dir()
    parent = ROOT / "cpu" if first else ROOT
    group = parent / f"afterword-{os.getpid()}-{pid}"
    try:
        group.mkdir()
        _limit(group, round(part * PERIOD_US), first=first)
        (group / "cgroup.procs").write_text(str(pid))
    except OSError as error:
        msg = f"a process cannot be given a part of a core here ({error}): run this as root"
        raise LocalError(msg) from error
    try:
        yield
    finally:
        (parent / "cgroup.procs").write_text(str(pid))
        group.rmdir()


def _limit(group: Path, quota_us: int, *, first: bool) -> None:
    """Write the bound as the version of control groups wants it."""
    if first:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(quota_us))
    else:
        (group / "cpu.max").write_text(f"{quota_us} {PERIOD_US}")
