"""One collection on a CalDAV server, through caldav's asynchronous client.

Only plain requests by address: what the library's object layer adds (searches for the UID, repeats of a
failed PUT) is exactly what must not happen here. Redirects are not followed: on the way the body of a
PUT would be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from caldav.aio import AsyncDAVClient
from caldav.lib.error import AuthorizationError, RateLimitError
from caldav.response import DAVResponse
from niquests.exceptions import RequestException, TooManyRedirects

from services.calendar.adapters.vevent import build, merge, read
from services.calendar.domain import Copy, Entry, Practice
from services.calendar.ports import Changed
from shared.messaging.retry import Permanent, Transient

TIMEOUT_S = 10
AT_ONCE = 8
"""Requests in flight: servers with one write lock gain nothing by more, and some refuse them."""
SETTING = "AFTERWORD_CALDAV_URL"
_CALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}
_BUSY: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.LOCKED, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_GONE: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_DONE: Final = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}
_OTHERWISE: Final = {*_GONE, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}
_WHAT_IS_THERE = '<propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>'


class CalDavServer:
    """The collection at `url` (`http(s)://user:password@host/collection/`, its final address).

    Calls raise `Transient` for everything that passes (no connection, 423, 429, 5xx) and `Permanent`,
    saying what to configure, for what does not.
    """

    def __init__(self, url: str, practice: Practice) -> None:
        parts = urlsplit(url)
        self.zone = practice.zone
        self.url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._client = AsyncDAVClient(
            self.url,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            auth_type="basic",
            timeout=TIMEOUT_S,
            enable_rfc6764=False,
            rate_limit_handle=False,
            # said outright, or the library makes a new session on 401, which would follow redirects again
            features={"http.multiplexing": {"support": "unsupported"}},
        )
        self._client.session.max_redirects = 0

    async def check(self) -> None:
        """Make sure that the setting names a calendar that we may use. Raises: Permanent, Transient."""
        headers = {"Depth": "0", "Content-Type": "application/xml; charset=utf-8"}
        response = await self._ask(self._client.request(self.url, "PROPFIND", _WHAT_IS_THERE, headers))
        if response.status in _GONE:
            msg = f"{SETTING}: there is no collection at {self.url}; create the calendar, or set its address"
            raise Permanent(msg)
        if response.status != HTTPStatus.MULTI_STATUS or not _is_calendar(response):
            msg = f"{SETTING}: {self.url} is no calendar (answer {response.status}); set the address of the collection"
            raise Permanent(msg)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def read(self, uid: str) -> Copy | None:
        """Return the entry as it stands, or None when there is none."""
        response = await self._ask(self._client.request(self._address(uid)))
        if response.status in _GONE:
            return None
        if response.status != HTTPStatus.OK:
            raise _unexpected("GET", response)
        return read(_body(response), _etag(response), uid, self.zone)

    async def create(self, entry: Entry) -> str:
        """Put a new entry; return its etag, empty when the server tells none. Raises: Changed."""
        return await self._put(entry.uid, build(entry), {"If-None-Match": "*"})

    async def replace(self, entry: Entry, copy: Copy) -> str:
        """Bring a copy up to the entry, keeping what people added to it; return its etag. Raises: Changed."""
        return await self._put(entry.uid, merge(entry, copy), {"If-Match": copy.etag})

    async def _put(self, uid: str, text: str, condition: dict[str, str]) -> str:
        response = await self._ask(self._client.put(self._address(uid), text, {**_CALENDAR, **condition}))
        if response.status in _OTHERWISE:
            raise Changed(uid)
        if response.status not in _DONE:
            raise _unexpected("PUT", response)
        etag = _etag(response)
        # a weak one, or none: the server has rewritten the entry, so this is not the etag of what it has now
        return "" if etag.startswith("W/") else etag

    def _address(self, uid: str) -> str:
        return f"{self.url}{uid}.ics"

    async def _ask(self, request: Awaitable[DAVResponse]) -> DAVResponse:
        """Wait for an answer and sort out what went wrong."""
        try:
            async with self._slots, asyncio.timeout(3 * TIMEOUT_S):
                response = await request
        except AuthorizationError as error:
            msg = (
                f"{SETTING}: {self.url} answers {error.status}; set the right user and password in it, "
                "and let that user read and write there"
            )
            raise Permanent(msg) from error
        except TooManyRedirects as error:
            msg = f"{SETTING}: {self.url} redirects; set the address where it ends up, scheme and last slash included"
            raise Permanent(msg) from error
        except (RateLimitError, RequestException, OSError) as error:
            msg = f"the calendar does not answer: {type(error).__name__}: {error}"
            raise Transient(msg) from error
        if response.status in _BUSY or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            msg = f"the calendar is busy or broken: it answers {response.status}"
            raise Transient(msg)
        return response


def _is_calendar(response: DAVResponse) -> bool:
    """RFC 4791 section 4.2: a calendar collection says so in its resource type."""
    tree = response.tree
    return tree is not None and tree.find(".//{urn:ietf:params:xml:ns:caldav}calendar") is not None


def _body(response: DAVResponse) -> str:
    raw = response.raw
    return raw if isinstance(raw, str) else raw.decode("utf-8", "replace")


def _etag(response: DAVResponse) -> str:
    return str(response.headers.get("ETag") or "")


def _unexpected(method: str, response: DAVResponse) -> Permanent:
    return Permanent(f"the calendar answers {response.status} to {method}: {_body(response)[:200]}")
