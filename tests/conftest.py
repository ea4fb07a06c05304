"""Fixtures: real servers, started once a session and only when a test asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.testing import Servers, fresh_database_name, vhost


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


@pytest.fixture
def rabbitmq_url(servers: Servers) -> Iterator[str]:
    """A virtual host of the test's own."""
    with vhost(servers.rabbitmq) as url:
        yield url
