"""Fixtures: real servers, started once a session and only when a test asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from deploy.demo.driver import Driver
from deploy.local import stack
from deploy.local.run import Run
from deploy.local.testing import Servers, fresh_database_name, vhost
from tests.helpers.virtual_hosts import VirtualHosts

settings.register_profile("afterword", deadline=None)  # a busy machine is no bug
settings.load_profile("afterword")
structlog.configure(  # by itself it draws a traceback with all that the functions had at hand, which takes seconds
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """RabbitMQ, MongoDB, the calendar and the mail catcher of this session."""
    with Servers(tmp_path_factory.mktemp("servers")) as started:
        yield started


@pytest.fixture
def mongo_url(servers: Servers) -> str:
    """The database server's URL."""
    return servers.mongodb.url


@pytest.fixture
def database_name() -> str:
    """A database that nobody has used."""
    return fresh_database_name()


@pytest.fixture(scope="session")
def virtual_hosts(servers: Servers) -> Iterator[VirtualHosts]:
    """Virtual hosts of this session's broker that have all that the rooms need."""
    kept = VirtualHosts(servers.rabbitmq)
    yield kept
    kept.close()


@pytest.fixture
def rabbitmq_url(virtual_hosts: VirtualHosts) -> Iterator[str]:
    """A virtual host of the test's own, with all that the rooms need and nothing else."""
    with virtual_hosts.one() as url:
        yield url


@pytest.fixture
def empty_rabbitmq_url(servers: Servers) -> Iterator[str]:
    """A virtual host with nothing in it."""
    with vhost(servers.rabbitmq) as url:
        yield url


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this session's stack keeps its data."""
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="session")
def running(folder: Path) -> Iterator[Run]:
    """The five services and their servers."""
    yield stack.up(folder)
    stack.down(folder)


@pytest.fixture
def driver(running: Run) -> Driver:
    """A fresh incident and the doors to drive it through."""
    return Driver(running.as_json())
