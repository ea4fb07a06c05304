"""Fixtures: a broker that may be ill-treated, started once and only when a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.local import mongodb, rabbitmq
from deploy.local.site import Site
from tests.faults.broker import BrokerControl


@dataclass(frozen=True)
class World:
    """A broker of our own, to be ill-treated, and a database beside it."""

    control: BrokerControl
    broker: str
    database: str


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Servers that nobody else uses."""
    site = Site(tmp_path_factory.mktemp("broker"))
    site.prepare()
    try:
        broker = rabbitmq.start(site)
        if broker.kind != "native":
            pytest.skip(f"only a broker of this machine's own can be killed and frozen, this one is a {broker.kind}")
        yield World(BrokerControl(site, broker), broker.url, mongodb.start(site).url)
    finally:
        rabbitmq.stop(site, fast=True)
        mongodb.stop(site, fast=True)
