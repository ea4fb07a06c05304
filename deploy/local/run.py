"""What a running stack tells other programs: `run.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, TypedDict

from deploy.local.files import read_json, write_json
from deploy.local.keys import Credentials
from deploy.local.rooms import Plan
from deploy.local.servers import Servers
from deploy.local.site import Site


class Key(TypedDict):
    """A person's access: their role and API key."""

    role: str
    key: str


class Login(TypedDict):
    """A calendar account."""

    username: str
    password: str


class Caldav(TypedDict):
    """The shared calendar: its address, the account that writes, and one that reads."""

    url: str
    username: str
    password: str
    reader: Login


@dataclass(frozen=True)
class Run:
    """A stack that is up. The fields are the keys of `run.json`."""

    gateway_url: str
    keys: dict[str, Key]
    webhook_secrets: dict[str, str]
    rabbitmq_url: str
    rabbitmq_management_url: str | None
    mongo_url: str
    caldav: Caldav
    smtp_url: str
    mail_dir: str | None
    http: dict[str, str]
    pids: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return the content of `run.json`."""
        return asdict(self)

    def with_pid(self, room: str, pid: int) -> Run:
        """Return the run after a room was started again."""
        return replace(self, pids={**self.pids, room: pid})


def describe(servers: Servers, credentials: Credentials, plans: dict[str, Plan], pids: dict[str, int]) -> Run:
    """Put together what is known when everything is ready."""
    calendar = servers.radicale
    reader = Login(username=calendar.reader.username, password=calendar.reader.password)
    return Run(
        gateway_url=plans["gateway"].url,
        keys={person.email: Key(role=person.role, key=person.key) for person in credentials.people},
        webhook_secrets=credentials.webhook_secrets,
        rabbitmq_url=servers.rabbitmq.url,
        rabbitmq_management_url=servers.rabbitmq.management_url,
        mongo_url=servers.mongodb.url,
        caldav=Caldav(
            url=calendar.url, username=calendar.owner.username, password=calendar.owner.password, reader=reader
        ),
        smtp_url=servers.mailcatcher.smtp_url,
        mail_dir=str(servers.mailcatcher.mail_dir) if servers.mailcatcher.mail_dir else None,
        http={room: each.url for room, each in plans.items()},
        pids=pids,
    )


def save(site: Site, run: Run) -> None:
    """Write `run.json` (mode 0600) in one step."""
    write_json(site.run_file, run.as_json())


def load(site: Site) -> Run | None:
    """Return what `run.json` says, or None when there is none; whether it still lives is another question."""
    content = read_json(site.run_file)
    return None if content is None else Run(**content)
