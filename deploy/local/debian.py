"""Packages of Debian and Ubuntu: installed by root, or only fetched and unpacked by anybody else."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.local.errors import LocalError

POLICY = Path("/usr/sbin/policy-rc.d")
NO_SERVICES = "#!/bin/sh\n# made for the time of one installation: packages start no service\nexit 101\n"
SECONDS = 600
LAST_LINES = 6


def install(package: str) -> None:
    """Install a package as root; its service is neither started now nor at the next boot.

    Raises: LocalError with the end of apt's output.
    """
    command = ["apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", package]
    with services_kept_down():
        if _run(command).returncode != 0:
            _must(["apt-get", "update"])
            _must(command)
    if Path("/run/systemd/system").exists():
        _must(["systemctl", "disable", package])


@contextmanager
def services_kept_down(policy: Path = POLICY) -> Iterator[None]:
    """Keep packages from starting services while the block runs; a rule that is already there stays as it is."""
    made = not policy.exists()
    if made:
        policy.write_text(NO_SERVICES)
        policy.chmod(0o755)
    try:
        yield
    finally:
        if made:
            policy.unlink(missing_ok=True)


def unpack(package: str, folder: Path) -> None:
    """Fetch a package and what it needs beyond what is installed, and unpack all into `folder`. Needs no rights.

    Raises: LocalError with the end of apt's output.
    """
    store = folder / "packages"
    store.mkdir(parents=True)
    options: list[str] = []
    names = _needed(package, options)
    if not names:
        options = _own_lists(folder)
        _must(["apt-get", *options, "update"])
        names = _needed(package, options)
    if not names:
        msg = f"apt knows no way to get {package}; ask an administrator for `apt-get install {package}`"
        raise LocalError(msg)
    _must(["apt-get", *options, "download", *names], cwd=store)
    for archive in sorted(store.glob("*.deb")):
        _must(["dpkg", "-x", str(archive), str(folder)])
    for leftover in (store, folder / "apt"):
        shutil.rmtree(leftover, ignore_errors=True)


def _needed(package: str, options: Sequence[str]) -> list[str]:
    """Return the package and those that would be installed with it; nothing when apt does not know it."""
    plan = _run(["apt-get", *options, "install", "--simulate", "--no-install-recommends", package])
    lines = plan.stdout.splitlines() if plan.returncode == 0 else []
    return [line.split()[1] for line in lines if line.startswith("Inst ")]


def _own_lists(folder: Path) -> list[str]:
    """Let apt keep its package lists in our folder: the machine's own are root's."""
    lists, cache = folder / "apt" / "lists", folder / "apt" / "cache"
    for path in (lists / "partial", cache / "archives" / "partial"):
        path.mkdir(parents=True)
    return ["-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={cache}", "-o", "Debug::NoLocking=1"]


def _run(command: Sequence[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def _must(command: Sequence[str], cwd: Path | None = None) -> None:
    done = _run(command, cwd)
    if done.returncode != 0:
        end = "\n".join(f"  {line}" for line in done.stdout.splitlines()[-LAST_LINES:])
        msg = f"`{' '.join(command[:6])}` failed with status {done.returncode}:\n{end}"
        raise LocalError(msg)
