"""People's own calendar programs: vdirsyncer fetches the shared calendar, khal shows it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.contract.caldav_xandikos import LOCK
from tests.helpers.python_tool import installed, surroundings

SYNC = """
[general]
status_path = "{folder}/status/"
[pair company]
a = "here"
b = "there"
collections = [["{name}", "{name}", "{name}"]]
conflict_resolution = "b wins"
[storage here]
type = "filesystem"
path = "{folder}/cal/"
fileext = ".ics"
[storage there]
type = "caldav"
url = "http://{host}{home}"
username = "{user}"
password = "{password}"
read_only = {read_only}
"""
SHOW = """
[calendars]
[[company]]
path = {folder}/cal/*
type = discover
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
[sqlite]
path = {folder}/khal.db
"""
LINE = "{start-long} - {end-time} {title} [{status}] {url} {location}"


@dataclass(frozen=True)
class Account:
    """Where a person's programs find the calendar; `home` is the folder that it lies in, `name` what it is called."""

    host: str
    home: str
    name: str
    user: str
    password: str
    read_only: bool = True


class Laptop:
    """One person's programs, with a folder of their own."""

    def __init__(self, folder: Path, account: Account) -> None:
        self.folder, self.name = folder, account.name
        self._python = installed(LOCK)
        fields = {**vars(account), "read_only": str(account.read_only).lower(), "folder": folder}
        (folder / "sync").write_text(SYNC.format(**fields))
        (folder / "show").write_text(SHOW.format(**fields))
        self._run("vdirsyncer", "-c", folder / "sync", "discover", answers="y\n" * 10)

    def sync(self) -> None:
        """Fetch what is new, and send what was changed here."""
        self._run("vdirsyncer", "-c", self.folder / "sync", "sync")

    def delete(self, entry: Path) -> None:
        """Delete an entry, even if it is the last one."""
        entry.unlink()
        self._run("vdirsyncer", "-c", self.folder / "sync", "sync", "--force-delete", f"company/{self.name}")

    def shows(self, since: str = "2026-03-01", days: int = 30) -> list[str]:
        """Return what khal lists, a line an event, after fetching what is new."""
        self.sync()
        told = self._run(
            "khal", "-c", self.folder / "show", "list", "--day-format", "", "--format", LINE, since, f"{days}d"
        )
        return [line.strip() for line in told.splitlines() if line.strip()]

    def entries(self) -> list[Path]:
        """Return the files that the person has."""
        return sorted((self.folder / "cal").rglob("*.ics"))

    def _run(self, program: str, *arguments: str | Path, answers: str = "") -> str:
        done = subprocess.run(
            [self._python.parent / program, *arguments],
            input=answers,
            capture_output=True,
            text=True,
            check=False,
            env={**surroundings(self._python), "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
        )
        assert done.returncode == 0, f"{program}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout
