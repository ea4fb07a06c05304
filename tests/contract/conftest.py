"""Calendar servers of our own for the contract tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import caldav_plain, caldav_radicale, caldav_xandikos


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Radicale; its address."""
    with caldav_radicale.radicale(tmp_path_factory.mktemp("radicale")) as host:
        yield host


@pytest.fixture(scope="module")
def radicale_without_reports(radicale: str) -> Iterator[str]:
    """The same one behind a server that knows nothing of reports; its address."""
    with caldav_plain.without_reports(radicale) as host:
        yield host


@pytest.fixture(scope="module")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Xandikos; its address."""
    with caldav_xandikos.xandikos(tmp_path_factory.mktemp("xandikos")) as host:
        yield host
