"""Servers that people's calendar programs are tried with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest

from services.calendar.adapters import CalDavServer
from tests.calendars.clients import Account
from tests.contract import caldav_cyrus, caldav_radicale, caldav_xandikos
from tests.unit.calendar.fakes import a_practice

_numbers = count()


@dataclass(frozen=True)
class Company:
    """An empty shared calendar: the address that the service has, and the account that everybody else reads it with."""

    url: str
    everybody: Account
    owner: Account

    def server(self) -> CalDavServer:
        """Return the service's adapter for it."""
        return CalDavServer(self.url, a_practice())


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[str, str]]]:
    """Radicale and Xandikos: by name the address, and the folder that calendars lie in."""
    with (
        caldav_radicale.radicale(tmp_path_factory.mktemp("radicale")) as radicale,
        caldav_xandikos.xandikos(tmp_path_factory.mktemp("xandikos")) as xandikos,
    ):
        yield {"radicale": (radicale, caldav_radicale.HOME), "xandikos": (xandikos, caldav_xandikos.HOME)}


@pytest.fixture(scope="session")
def cyrus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Cyrus, when its Debian packages are here."""
    if missing := caldav_cyrus.missing():
        pytest.skip(missing)
    with caldav_cyrus.cyrus(tmp_path_factory.mktemp("cyrus")) as host:
        yield host, caldav_cyrus.HOME


@pytest.fixture(params=["radicale", "xandikos", "cyrus"])
def company(request: pytest.FixtureRequest) -> Iterator[Company]:
    """A calendar on each of the servers in turn."""
    found = request.getfixturevalue("hosts" if request.param != "cyrus" else "cyrus")
    host, home = found if request.param == "cyrus" else found[request.param]
    name = f"company{next(_numbers)}"
    url = caldav_radicale.make_calendar(host, name, home)
    # Cyrus shows others' calendars at addresses of their own
    reader = caldav_radicale.USER if request.param == "cyrus" else caldav_radicale.READER
    password = caldav_radicale.PASSWORD
    yield Company(
        url,
        everybody=Account(host, home, name, reader, password),
        owner=Account(host, home, name, caldav_radicale.USER, password, read_only=False),
    )
    # some servers have each UID once in all calendars of a user
    caldav_radicale.request(host, "DELETE", f"{home}{name}/", "")
