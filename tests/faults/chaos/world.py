"""Where it all happens: a broker, three database members, a calendar, a relay, and proxies where a line can be cut."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from deploy.local.servers import Servers
from tests.faults.broker import BrokerControl
from tests.faults.proxy import Proxy
from tests.faults.replica_set import ReplicaSet
from tests.faults.stack import Stack

POLICY = Path(__file__).with_name("policy.toml")
DISK_MB = 2048
OPLOG_MB = 256


class World:
    """Servers and rooms in an empty folder, for as long as the context is open. All times and addresses are local.

    The rooms reach the broker, the calendar and the relay through `broker_line`, `calendar_line` and `mail_line`.
    """

    database: ReplicaSet
    stack: Stack
    broker: BrokerControl
    broker_line: Proxy
    calendar_line: Proxy
    mail_line: Proxy

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Start everything; return when every room is ready."""
        with ExitStack() as opening:
            self.database = opening.enter_context(
                ReplicaSet(self.folder / "database", disk_mb=DISK_MB, oplog_mb=OPLOG_MB)
            )
            os.environ["AFTERWORD_MONGO_URL"] = self.database.url  # so no other database is started
            opening.callback(os.environ.pop, "AFTERWORD_MONGO_URL")
            self.stack = Stack(self.folder / "stack", change=self._between, policy=POLICY)
            opening.callback(self._close_lines)
            opening.enter_context(self.stack)
            self.broker = BrokerControl(self.stack.site, self.stack.servers.rabbitmq)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _between(self, servers: Servers) -> Servers:
        """Put a proxy before each server that is reached over a single connection string."""
        self.broker_line = Proxy(_address(servers.rabbitmq.url))
        self.calendar_line = Proxy(_address(servers.radicale.url))
        self.mail_line = Proxy(_address(servers.mailcatcher.smtp_url))
        return replace(
            servers,
            rabbitmq=replace(servers.rabbitmq, url=_through(servers.rabbitmq.url, self.broker_line)),
            radicale=replace(servers.radicale, url=_through(servers.radicale.url, self.calendar_line)),
            mailcatcher=replace(servers.mailcatcher, smtp_url=_through(servers.mailcatcher.smtp_url, self.mail_line)),
        )

    def _close_lines(self) -> None:
        for name in ("broker_line", "calendar_line", "mail_line"):
            line: Proxy | None = getattr(self, name, None)
            if line is not None:
                line.close()


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


def _through(url: str, line: Proxy) -> str:
    """Return the URL with the proxy's address, and the account that it had."""
    parts = urlsplit(url)
    account, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{account}{at}{line.address}"))
