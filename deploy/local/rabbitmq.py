"""RabbitMQ: the one in the environment, a container, or an own node of the program on this machine."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import httpx
from aiormq.exceptions import AMQPError

from deploy.local import containers, rabbitmq_node
from deploy.local.launched import Launched
from deploy.local.ledger import Started
from deploy.local.ports import HOST
from deploy.local.site import Site
from deploy.local.waiting import NotYet, wait_until
from shared.messaging.nodes import connect, nodes, place

NAME = "rabbitmq"
USER = "afterword"
IMAGE = "rabbitmq:4-management-alpine"
DEFAULT_PORTS = {"amqp": 5672, "amqps": 5671}
START_SECONDS = 60
# Until 3.13 a node with the management plugin idles for 5 s in the middle of its stop (rabbitmq-server 11070); by then
# its message stores are closed, and what quorum queues and streams have confirmed is on disk. So it is not waited for.
STOP_SECONDS = 2.5


@dataclass(frozen=True)
class RabbitMQ:
    """A broker that answers; `url` and `management_url` carry an administrator's name and password."""

    url: str
    management_url: str | None
    kind: Literal["environment", "container", "native"]


def start(site: Site) -> RabbitMQ:
    """Return a RabbitMQ that answers on AMQP and on its management port.

    Raises: LocalError when there is none, or it does not become ready.
    """
    return launch(site).ready()


def launch(site: Site) -> Launched[RabbitMQ]:
    """Return a RabbitMQ that will answer on AMQP and on its management port.

    Raises: LocalError when there is none.
    """
    given = os.environ.get("AFTERWORD_RABBITMQ_URL")
    if given:
        found = RabbitMQ(given, os.environ.get("AFTERWORD_RABBITMQ_MANAGEMENT_URL"), "environment")
        return Launched(found, lambda: _wait(found, seconds=5))
    if containers.daemon_answers():
        return _container(site)
    return _native(site)


def stop(site: Site, *, fast: bool = False) -> None:
    """Stop what `launch` started; `fast` is for nodes whose data nobody needs again."""
    site.ledger.stop(NAME, 0 if fast else STOP_SECONDS)
    site.ledger.stop(rabbitmq_node.EPMD, 0)


def _native(site: Site) -> Launched[RabbitMQ]:
    account = f"{USER}:{site.memory.password(NAME)}"
    ports = rabbitmq_node.Ports(
        site.port(NAME), site.port(f"{NAME}_management"), site.port(f"{NAME}_dist"), site.port(f"{NAME}_epmd")
    )
    process = rabbitmq_node.start(site, NAME, ports, account)
    found = RabbitMQ(f"amqp://{account}@{HOST}:{ports.amqp}/", f"http://{account}@{HOST}:{ports.management}", "native")
    return Launched(found, lambda: _wait(found, seconds=START_SECONDS, site=site, started=process))


def _container(site: Site) -> Launched[RabbitMQ]:
    password = site.memory.password(NAME)
    box = containers.start(
        NAME,
        IMAGE,
        folder=site.root,
        mount="/var/lib/rabbitmq",
        ports={5672: site.port(NAME), 15672: site.port(f"{NAME}_management")},
        environment={"RABBITMQ_DEFAULT_USER": USER, "RABBITMQ_DEFAULT_PASS": password},
    )
    site.ledger.add(box)
    account = f"{USER}:{password}@{box.host}"
    found = RabbitMQ(f"amqp://{account}:{box.ports['5672']}/", f"http://{account}:{box.ports['15672']}", "container")
    return Launched(found, lambda: _wait(found, seconds=START_SECONDS, started=box))


def _wait(broker: RabbitMQ, *, seconds: float, site: Site | None = None, started: Started | None = None) -> None:
    wait_until(
        lambda: _check(broker),
        what="RabbitMQ",
        seconds=seconds,
        started=started,
        retry=(OSError, AMQPError, httpx.HTTPError),
        log=site.log(NAME) if site else None,
    )


def _check(broker: RabbitMQ) -> None:
    """See whether anybody listens (a failed login is noisy in the log), then log in on both doors.

    One node of a cluster that answers is enough.
    """
    answering = [node for node in nodes(broker.url) if _listens(node)]
    if not answering:
        msg = f"nobody listens at {place(broker.url)}"
        raise NotYet(msg)
    asyncio.run(_log_in(answering))
    if broker.management_url:
        answer = httpx.get(broker.management_url + "/api/overview", timeout=5)
        if answer.status_code != httpx.codes.OK:
            msg = f"management answers {answer.status_code}"
            raise NotYet(msg)


def _listens(node: str) -> bool:
    parts = urlsplit(node)
    where = parts.hostname or HOST, parts.port or DEFAULT_PORTS[parts.scheme]
    with socket.socket() as trying:
        trying.settimeout(5)
        return trying.connect_ex(where) == 0


async def _log_in(answering: Sequence[str]) -> None:
    async with await connect(answering, seconds=5):
        return
