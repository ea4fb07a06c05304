"""People's own calendars over CalDAV: when they are busy, as far as the policy says where to look.

A server is asked for free-busy times (RFC 4791 section 7.10); one that has none of these, for the events of the span.
Nobody waits for slow servers longer than `LIMIT_S` in all, and none stops the room: whoever could not be asked is
taken for free, and told as unread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import structlog
from caldav.aio import AsyncDAVClient
from caldav.lib.error import AuthorizationError, DAVError
from caldav.response import DAVResponse
from niquests.exceptions import RequestException

from services.calendar.adapters.periods import Period, of_events, of_free_busy
from services.calendar.domain import Busy, Window
from services.calendar.ports import Engagements

log = structlog.get_logger(__name__)

LIMIT_S = 5
"""For all calendars together: a slot is waited for, and other postmortems wait with it."""
AT_ONCE = 8
_HEADERS = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
_C = "urn:ietf:params:xml:ns:caldav"
_FREE_BUSY = f'<free-busy-query xmlns="{_C}">{{span}}</free-busy-query>'
_EVENTS = (
    f'<C:calendar-query xmlns="DAV:" xmlns:C="{_C}"><prop><C:calendar-data/></prop><C:filter><C:comp-filter '
    'name="VCALENDAR"><C:comp-filter name="VEVENT">{span}</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>'
)


class Refused(Exception):
    """A calendar cannot be read, for a reason that its server tells."""


class Origin(NamedTuple):
    """A server: an account is for one of these, and goes to no other."""

    scheme: str
    host: str
    port: int | None


class CalDavPeople:
    """Reads the calendars that `where` names: an address with `{email}` or `{user}` in it, or one a person.

    `accounts` are addresses with `user:password@`: each is used for calendars of its own server, others are read
    without. `zone` is meant where an event names none.
    """

    def __init__(
        self, where: str | Mapping[str, str], accounts: tuple[str, ...], zone: ZoneInfo, limit_s: float = LIMIT_S
    ) -> None:
        self.where, self.zone, self.limit_s = where, zone, limit_s
        self._accounts = {_origin(parts): parts for parts in map(urlsplit, accounts)}
        self._clients: dict[Origin, AsyncDAVClient] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def engagements(self, window: Window) -> Engagements:
        """Return when people of the window are busy in it, those who are needed first."""
        people = sorted(window.emails, key=lambda email: (email not in window.needed, email))
        asked = {email: url for email in people if (url := self._address(email))}
        if not asked:
            return Engagements()
        looks = {asyncio.create_task(self._look(email, url, window)): email for email, url in asked.items()}
        done, slow = await asyncio.wait(looks, timeout=self.limit_s)
        for look in slow:
            log.warning("a calendar does not answer in time", url=asked[looks[look]])
            look.cancel()
        found = {looks[look]: look.result() for look in done}
        busy = (Busy(*period, frozenset({email})) for email, periods in found.items() for period in periods or ())
        return Engagements(tuple(busy), frozenset(email for email in asked if found.get(email) is None))

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.close()

    async def _look(self, email: str, url: str, window: Window) -> tuple[Period, ...] | None:
        """Return when somebody is busy, None when that cannot be read, whatever it is that stands there."""
        try:
            async with self._slots:
                return await self._read(email, url, window)
        except (Refused, DAVError, RequestException, OSError, ValueError) as error:
            log.warning("a calendar cannot be read", url=url, error=f"{type(error).__name__}: {error}")
        except Exception:
            log.exception("a calendar cannot be understood", url=url)
        return None

    async def _read(self, email: str, url: str, window: Window) -> tuple[Period, ...]:
        span = f'<C:time-range xmlns:C="{_C}" start="{_stamp(window.since)}" end="{_stamp(window.until)}"/>'
        text = await self._free_busy(url, _FREE_BUSY.format(span=span))
        periods = await asyncio.to_thread(of_free_busy, text) if text else None
        if periods is not None:
            return periods
        response = await self._report(url, _EVENTS.format(span=span))
        if response.status != HTTPStatus.MULTI_STATUS or response.tree is None:
            msg = f"it answers {response.status}"
            raise Refused(msg)
        texts = [each.text or "" for each in response.tree.iter(f"{{{_C}}}calendar-data")]
        return await asyncio.to_thread(of_events, texts, window.since, window.until, self.zone, email)

    async def _free_busy(self, url: str, query: str) -> str:
        """Return what the server says, nothing when it does not know this question (403, 501, ...)."""
        try:
            response = await self._report(url, query)
        except AuthorizationError as error:
            if error.status == HTTPStatus.UNAUTHORIZED:
                raise
            return ""
        if response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            msg = f"it answers {response.status}"
            raise Refused(msg)
        raw = response.raw if response.status == HTTPStatus.OK else ""
        return raw if isinstance(raw, str) else raw.decode("utf-8", "replace")

    async def _report(self, url: str, query: str) -> DAVResponse:
        return await self._client(url).request(url, "REPORT", query, _HEADERS)

    def _address(self, email: str) -> str | None:
        """Return where somebody's calendar is. No sign in an address leads to another folder."""
        if not isinstance(self.where, str):
            return self.where.get(email)
        user = email.rpartition("@")[0]
        return self.where.replace("{email}", quote(email, safe="@")).replace("{user}", quote(user, safe=""))

    def _client(self, url: str) -> AsyncDAVClient:
        """Return the connection to a server. Redirects are not followed: the account is for where it was meant."""
        origin = _origin(urlsplit(url))
        if origin not in self._clients:
            account = self._accounts.get(origin)
            client = AsyncDAVClient(
                url,
                username=unquote(account.username or "") if account else None,
                password=unquote(account.password or "") if account else None,
                auth_type="basic" if account else None,
                timeout=LIMIT_S,
                enable_rfc6764=False,
                rate_limit_handle=False,
                features={"http.multiplexing": {"support": "unsupported"}},
            )
            client.session.max_redirects = 0
            self._clients[origin] = client
        return self._clients[origin]


def without_account(url: str) -> str:
    """Return an address without `user:password@`."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _origin(parts: SplitResult) -> Origin:
    return Origin(parts.scheme, (parts.hostname or "").lower(), parts.port)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"
