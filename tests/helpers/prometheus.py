"""A real Prometheus, and promtool, out of Debian's package: installed by root, else fetched and unpacked beside us."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from deploy.local import debian
from deploy.local.files import locked
from deploy.local.ports import free_port
from deploy.local.site import REPOSITORY
from deploy.local.waiting import wait_until

PACKAGE = "prometheus"
START_SECONDS, STOP_SECONDS = 60, 20


def promtool(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run promtool."""
    return subprocess.run([_program("promtool"), *words], cwd=cwd, capture_output=True, text=True, check=False)


class Prometheus:
    """A Prometheus that runs, at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that an expression has at this moment. Raises: ValueError with what is wrong with it."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=30).json()
        if answer["status"] != "success":
            raise ValueError(f"{expression}: {answer['error']}")
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """Return all rules and how they are."""
        groups = httpx.get(f"{self.url}/api/v1/rules", timeout=30).json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


@contextmanager
def running(config: Path, data: Path) -> Iterator[Prometheus]:
    """Run a Prometheus with a configuration for as long as the block runs; it listens on this machine only."""
    port = free_port()
    command = [
        _program("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (data.parent / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(partial(_is_ready, url), what="Prometheus", seconds=START_SECONDS, retry=(httpx.HTTPError,))
        yield Prometheus(url)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _is_ready(url: str) -> None:
    httpx.get(f"{url}/-/ready", timeout=5).raise_for_status()


def _program(name: str) -> str:
    tools = Path(os.environ.get("AFTERWORD_LOCAL_TOOLS") or REPOSITORY / ".local" / "tools").absolute()
    unpacked = tools / PACKAGE
    with locked(tools / "prometheus.lock"):
        if not shutil.which(name) and not unpacked.exists():
            _install(unpacked)
    return shutil.which(name) or str(unpacked / "usr" / "bin" / name)


def _install(unpacked: Path) -> None:
    if os.geteuid() == 0:
        debian.install(PACKAGE)
        return
    half = unpacked.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    debian.unpack(PACKAGE, half)
    half.replace(unpacked)
