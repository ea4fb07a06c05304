"""The four servers that the rooms need, started and stopped together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from deploy.local import mailcatcher, mongodb, rabbitmq, radicale
from deploy.local.launched import Launched, told_launch, wait_for_all
from deploy.local.mailcatcher import Mail
from deploy.local.mongodb import MongoDB
from deploy.local.progress import Say, silent, told
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.radicale import Calendar
from deploy.local.site import Site

T = TypeVar("T")
STOPS: dict[str, Callable[..., None]] = {
    rabbitmq.NAME: rabbitmq.stop,
    mongodb.NAME: mongodb.stop,
    radicale.NAME: radicale.stop,
    mailcatcher.NAME: mailcatcher.stop,
}


@dataclass(frozen=True)
class Servers:
    """All four: where they are."""

    rabbitmq: RabbitMQ
    mongodb: MongoDB
    radicale: Calendar
    mailcatcher: Mail


def start(site: Site, say: Say = silent) -> Servers:
    """Start all four at the same time and return when all are ready.

    Raises: LocalError of the first one that failed; the others are left to the caller's `stop`.
    """
    return launch(site, say).ready()


def launch(site: Site, say: Say = silent) -> Launched[Servers]:
    """Start all four at the same time and return as soon as it is known where they will answer.

    Raises: LocalError of the first one that cannot be started; the others are left to the caller's `stop`.
    """
    with ThreadPoolExecutor(max_workers=len(STOPS)) as pool:

        def begin(name: str, work: Callable[[Site], Launched[T]]) -> Future[Launched[T]]:
            return pool.submit(told_launch, say, name, partial(work, site))

        broker = begin(rabbitmq.NAME, rabbitmq.launch)
        database = begin(mongodb.NAME, mongodb.launch)
        calendar = begin(radicale.NAME, radicale.launch)
        mail = begin(mailcatcher.NAME, mailcatcher.launch)
        found = Servers(
            broker.result().result, database.result().result, calendar.result().result, mail.result().result
        )
        waits = [each.result().wait for each in (broker, database, calendar, mail)]
    return Launched(found, partial(wait_for_all, waits))


def stop(site: Site, say: Say = silent, *, fast: bool = False) -> None:
    """Stop those that were started here, at the same time; `fast` kills, for data that nobody needs again."""
    running = set(site.ledger.entries())
    names = [name for name in STOPS if any(entry.startswith(name) for entry in running)]
    with ThreadPoolExecutor(max_workers=len(STOPS)) as pool:
        for done in [pool.submit(_told_stop, site, say, name, fast) for name in names]:
            done.result()


def _told_stop(site: Site, say: Say, name: str, fast: bool) -> None:
    with told(say, name, "stopping", "stopped"):
        STOPS[name](site, fast=fast)
