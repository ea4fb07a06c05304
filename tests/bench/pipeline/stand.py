"""All that is measured, running: the stack, a sink for its mails, a calendar that costs little."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from deploy.local import stack
from deploy.local.ports import HOST, free_port
from deploy.local.processes import Process
from deploy.local.rooms import ROOMS
from deploy.local.run import Run
from deploy.local.site import Site
from deploy.local.waiting import wait_until
from tests.bench.mail_ways import sink
from tests.bench.pipeline.calendar import PATH
from tests.bench.pipeline.company import policy

UNLIMITED = "1000000/second"


@dataclass(frozen=True)
class Stand:
    """What runs, and the processes of each program by name."""

    run: Run
    pids: dict[str, list[int]]


@contextmanager
def standing(folder: Path, *, radicale: bool) -> Iterator[Stand]:
    """Start everything; stop it when the block ends."""
    with sink() as smtp, nullcontext(None) if radicale else light_calendar() as caldav:
        _set_up(folder, smtp, caldav)
        run = stack.up(folder)
        try:
            yield Stand(run, _pids(Site(folder)))
        finally:
            stack.down(folder)


@contextmanager
def light_calendar() -> Iterator[str]:
    """Run the calendar that costs little; gives the collection's address, account included."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "tests.bench.pipeline.calendar", str(port)]) as process:
        url = f"http://{HOST}:{port}{PATH}"
        try:
            wait_until(lambda: _answers(url), what="the calendar", seconds=10, retry=(httpx.HTTPError,))
            yield url.replace("://", "://company:secret@")
        finally:
            process.terminate()


def _answers(url: str) -> None:
    httpx.request("PROPFIND", url, timeout=5).raise_for_status()


def _set_up(folder: Path, smtp: int, caldav: str | None) -> None:
    """Say in the environment what the stack is to be like."""
    file = folder / "policy.toml"
    file.write_text(policy(), "utf-8")
    os.environ["AFTERWORD_POLICY"] = str(file)
    os.environ["AFTERWORD_SMTP_URL"] = f"smtp://{HOST}:{smtp}?starttls=off"
    os.environ.pop("AFTERWORD_CALDAV_URL", None)
    if caldav:
        os.environ["AFTERWORD_CALDAV_URL"] = caldav
    for who in ("TOOLS", "PEOPLE", "WEBHOOKS"):
        os.environ[f"AFTERWORD_RATE_LIMIT_{who}"] = UNLIMITED


def _pids(site: Site) -> dict[str, list[int]]:
    """Return the processes of every program, those that it started itself too, and of what was started here."""
    started = {name: each.pid for name, each in site.ledger.entries().items() if isinstance(each, Process)}
    found = {name: _family(pid) for name, pid in started.items()}
    own = {" ".join(child.cmdline()): child.pid for child in psutil.Process().children()}
    sinks = [pid for line, pid in own.items() if "smtp-sink" in line]
    calendars = [pid for line, pid in own.items() if "pipeline.calendar" in line]
    rooms = {room: found.pop(room) for room in ROOMS}
    return {**rooms, **found, "mail sink": sinks, **({"light calendar": calendars} if calendars else {})}


def _family(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
