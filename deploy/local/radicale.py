"""The company's shared calendar: the CalDAV collection in the environment, or an own Radicale."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx

from deploy.local.files import write_private
from deploy.local.launched import Launched
from deploy.local.ledger import Started
from deploy.local.ports import HOST
from deploy.local.processes import caller_environment, spawn
from deploy.local.site import Site
from deploy.local.waiting import NotYet, wait_until

NAME = "radicale"
OWNER, READER = "company", "reader"
PATH = "/company/postmortems/"
DISPLAY_NAME = "Incident Postmortem Meetings"
START_SECONDS = 30
STOP_SECONDS = 5
CONFIG = """\
[server]
hosts = {host}:{port}
max_connections = 20
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0.1
[rights]
type = from_file
file = {folder}/rights
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
"""
RIGHTS = """\
# the first rule that fits decides
[discovery]
user: .+
collection:
permissions: R
[the calendar bot owns the company's calendars]
user: company
collection: company
permissions: RW
[and writes them]
user: company
collection: company/[^/]+
permissions: rw
[everybody who is logged in may look]
user: .+
collection: company
permissions: R
[and read]
user: .+
collection: company/[^/]+
permissions: r
"""
MKCALENDAR = f"""\
<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:set><D:prop><D:displayname>{DISPLAY_NAME}</D:displayname></D:prop></D:set>
</C:mkcalendar>
"""


@dataclass(frozen=True)
class Account:
    """A name and password for the calendar."""

    username: str
    password: str


@dataclass(frozen=True)
class Calendar:
    """A calendar collection that answers; `url` has no credentials in it, `url_with_account` does."""

    url: str
    owner: Account
    reader: Account
    kind: Literal["environment", "native"]

    @property
    def url_with_account(self) -> str:
        """The collection's final URL with the owner's name and password, as `AFTERWORD_CALDAV_URL` wants it."""
        scheme, rest = self.url.split("://", 1)
        return f"{scheme}://{self.owner.username}:{self.owner.password}@{rest}"


def launch(site: Site) -> Launched[Calendar]:
    """Return the calendar collection, which is made if it is new.

    Raises: LocalError when it cannot be started.
    """
    given = os.environ.get("AFTERWORD_CALDAV_URL")
    return _given(given) if given else _native(site)


def stop(site: Site, *, fast: bool = False) -> None:
    """Stop what `launch` started."""
    site.ledger.stop(NAME, 0 if fast else STOP_SECONDS)


def _given(url: str) -> Launched[Calendar]:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    account = Account(unquote(parts.username or ""), unquote(parts.password or ""))
    found = Calendar(urlunsplit(parts._replace(netloc=host)), account, account, "environment")
    return Launched(found, lambda: _wait(found, what="the calendar", seconds=10))


def _native(site: Site) -> Launched[Calendar]:
    folder, port = site.data / "radicale", site.port("caldav")
    accounts = {name: Account(name, site.memory.password(f"caldav.{name}")) for name in (OWNER, READER)}
    _write_files(folder, port, accounts)
    process = spawn(
        NAME,
        [sys.executable, "-m", "radicale", "--config", str(folder / "config")],
        log=site.log(NAME),
        env=caller_environment("AFTERWORD_", "RADICALE_"),
        cwd=folder,
    )
    site.ledger.add(process)
    found = Calendar(f"http://{HOST}:{port}{PATH}", accounts[OWNER], accounts[READER], "native")
    log = site.log(NAME)
    return Launched(found, lambda: _wait(found, what="Radicale", seconds=START_SECONDS, started=process, log=log))


def _write_files(folder: Path, port: int, accounts: dict[str, Account]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_private(folder / "users", "".join(f"{a.username}:{a.password}\n" for a in accounts.values()))
    write_private(folder / "rights", RIGHTS)
    write_private(folder / "config", CONFIG.format(host=HOST, port=port, folder=folder))


def _wait(
    calendar: Calendar, *, what: str, seconds: float, started: Started | None = None, log: Path | None = None
) -> None:
    account = (calendar.owner.username, calendar.owner.password)
    with httpx.Client(auth=account, timeout=5) as client:
        wait_until(
            lambda: _answers(client, calendar),
            what=what,
            seconds=seconds,
            retry=(httpx.HTTPError,),
            started=started,
            log=log,
        )


def _answers(client: httpx.Client, calendar: Calendar) -> None:
    """Look whether the collection is there; of our own server, make it when it says that it is not."""
    answer = client.request("PROPFIND", calendar.url, headers={"Depth": "0"})
    if answer.status_code == httpx.codes.NOT_FOUND and calendar.kind == "native":
        client.request("MKCALENDAR", calendar.url, content=MKCALENDAR).raise_for_status()
        answer = client.request("PROPFIND", calendar.url, headers={"Depth": "0"})
    if answer.status_code != httpx.codes.MULTI_STATUS:
        msg = f"PROPFIND answers {answer.status_code}"
        raise NotYet(msg)
