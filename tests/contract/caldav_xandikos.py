"""A real Xandikos of our own, in an environment of its own: what it stands on is not for the services."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contract.caldav_radicale import USER, free_port, wait_for
from tests.helpers.python_tool import REPOSITORY, installed, surroundings

LOCK = REPOSITORY / "tests" / "calendars" / "requirements.txt"
HOME = f"/{USER}/calendars/"


@contextmanager
def xandikos(folder: Path) -> Iterator[str]:
    """Run Xandikos for as long as the context is open; yields its address. It asks nobody for a password."""
    python, port = installed(LOCK), free_port()
    places = ["-d", str(folder / "collections"), "--state-dir", str(folder), "--current-user-principal", f"/{USER}/"]
    listens = ["--listen-address", "127.0.0.1", "--port", str(port), "--no-detect-systemd"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [python, "-m", "xandikos", "serve", *places, *listens, "--defaults"],
            stdout=log,
            stderr=log,
            env=surroundings(python),
        )
    try:
        wait_for(port, server, folder / "log")
        yield f"127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()
