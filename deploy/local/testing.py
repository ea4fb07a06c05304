"""Servers for tests: started once, with a fresh virtual host and a fresh database for whoever wants one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import httpx

from deploy.local import servers
from deploy.local.errors import LocalError
from deploy.local.mailcatcher import Mail
from deploy.local.mongodb import MongoDB
from deploy.local.progress import Say, silent
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.radicale import Calendar
from deploy.local.site import Site


class Servers:
    """RabbitMQ, MongoDB, the calendar and the mail catcher of one test session."""

    def __init__(self, folder: Path) -> None:
        """Take an empty folder for data and logs; nothing is started yet."""
        self._site = Site(folder)
        self._started: servers.Servers | None = None

    def start(self, say: Say = silent) -> Self:
        """Start all four; return self.

        Raises: LocalError when one does not start; then none is left running.
        """
        self._site.prepare()
        try:
            self._started = servers.start(self._site, say)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Kill all four: nobody needs their data again."""
        servers.stop(self._site, fast=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def rabbitmq(self) -> RabbitMQ:
        """The broker."""
        return self._all.rabbitmq

    @property
    def mongodb(self) -> MongoDB:
        """The database server."""
        return self._all.mongodb

    @property
    def radicale(self) -> Calendar:
        """The calendar."""
        return self._all.radicale

    @property
    def mailcatcher(self) -> Mail:
        """The mail server."""
        return self._all.mailcatcher

    @property
    def _all(self) -> servers.Servers:
        if self._started is None:
            msg = "the servers were not started"
            raise LocalError(msg)
        return self._started


@contextmanager
def vhost(rabbit: RabbitMQ) -> Iterator[str]:
    """Give the URL of a virtual host that exists while the block runs."""
    url = fresh_vhost(rabbit)
    try:
        yield url
    finally:
        delete_vhost(rabbit, url)


def fresh_vhost(rabbit: RabbitMQ) -> str:
    """Make a virtual host with nothing in it and return the broker's URL with it.

    Raises: LocalError when the broker's management address is not known; httpx.HTTPError.
    """
    name = f"test-{secrets.token_hex(6)}"
    user = urlsplit(rabbit.url).username or "guest"
    with _management(rabbit) as client:
        client.put(f"/api/vhosts/{name}", json={}).raise_for_status()
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        client.put(f"/api/permissions/{name}/{user}", json=everything).raise_for_status()
    return urlunsplit(urlsplit(rabbit.url)._replace(path=f"/{name}"))


def delete_vhost(rabbit: RabbitMQ, url: str) -> None:
    """Remove a virtual host that `fresh_vhost` made, with its connections and queues.

    Raises: httpx.HTTPError.
    """
    with _management(rabbit) as client:
        client.delete(f"/api/vhosts{urlsplit(url).path}").raise_for_status()


def fresh_database_name() -> str:
    """Return the name of a database that nobody has used; it fits AFTERWORD_DATABASE."""
    return f"test_{secrets.token_hex(6)}"


def _management(rabbit: RabbitMQ) -> httpx.Client:
    if rabbit.management_url is None:
        msg = "name the broker's management address in AFTERWORD_RABBITMQ_MANAGEMENT_URL (http://user:password@host:15672)"
        raise LocalError(msg)
    return httpx.Client(base_url=rabbit.management_url, timeout=10)
