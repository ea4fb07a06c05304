"""A calendar server of our own for the contract tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import caldav_radicale


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Radicale; its address."""
    with caldav_radicale.radicale(tmp_path_factory.mktemp("radicale")) as host:
        yield host
