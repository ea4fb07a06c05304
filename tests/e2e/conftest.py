"""The whole stack, all processes, on real servers: started once a session, driven over its doors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.driver import Driver
from deploy.local import stack
from deploy.local.run import Run


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
