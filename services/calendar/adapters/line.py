"""The line to a CalDAV server: one request, one answer, and what may go wrong on the way.

Redirects are not followed: on the way the body of a PUT would be lost. A server that asks for a rest gets it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from caldav.aio import AsyncDAVClient
from caldav.lib.error import AuthorizationError, RateLimitError, parse_preconditions
from caldav.response import DAVResponse
from niquests.exceptions import RequestException, TooManyRedirects

from services.calendar.adapters.outcomes import Means, meaning
from services.calendar.adapters.traced import asking
from shared.messaging.retry import Permanent, Transient

TIMEOUT_S = 10
LONG_S = 300
"""How long a report may take: one of everything among ten thousand entries takes some servers a quarter minute."""
REQUESTS = 8
"""Requests in flight: servers with one write lock gain nothing by more, and some refuse them."""
LONGEST_REST_S = 600.0
SETTING = "AFTERWORD_CALDAV_URL"


class Line:
    """Asks the server at `url`, credentials included; `shown` is the address that people may see."""

    def __init__(self, url: str, shown: str) -> None:
        self.shown = shown
        self._slots = asyncio.Semaphore(REQUESTS)
        self._clients = {long: _client(url, shown, LONG_S if long else TIMEOUT_S) for long in (False, True)}
        self._rests_until = 0.0

    async def ask(
        self,
        method: str,
        address: str,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        *,
        depth: str = "",
        long: bool = False,
    ) -> DAVResponse:
        """Return the answer. Raises: Transient for what passes, Permanent for a redirect.

        401 and 403 come back like every answer, for `refusal` to tell of.
        """
        given = {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"} if depth else {}
        self._let_rest()
        try:
            async with self._slots, asyncio.timeout(3 * TIMEOUT_S + (LONG_S if long else 0)):
                with asking(method, self.shown) as told:
                    response = await self._clients[long].request(address, method, body, {**given, **(headers or {})})
                    told(response.status)
        except AuthorizationError as error:
            return _told(error)
        except TooManyRedirects as error:
            msg = f"{SETTING}: {self.shown} answers {method} elsewhere: {meaning(301).advice}"
            raise Permanent(msg) from error
        except RateLimitError as error:
            self._rests_until = _now() + min(error.retry_after_seconds or 0.0, LONGEST_REST_S)
            msg = f"the calendar answers {error.status}: {meaning(error.status or 429).advice}"
            raise Transient(msg) from error
        except (RequestException, OSError, SyntaxError) as error:  # the last one: what calls itself XML is none
            msg = f"the calendar does not answer: {type(error).__name__}: {error}"
            raise Transient(msg) from error
        if meaning(response.status).means is Means.BUSY:
            msg = f"the calendar answers {response.status}: {meaning(response.status).advice}"
            raise Transient(msg)
        return response

    def refusal(self, method: str, response: DAVResponse) -> Permanent:
        """Return what to raise for an answer that a human has to look at."""
        advice = meaning(response.status).advice or "that is no answer of a calendar; set the address of the collection"
        reasons = ", ".join(name.rpartition("}")[2] for name in self.reasons(response))
        answer = f"{response.status} ({reasons})" if reasons else str(response.status)
        return Permanent(f"{SETTING}: {self.shown} answers {answer} to {method}: {advice}")

    @staticmethod
    def reasons(response: DAVResponse) -> list[str]:
        """Return the preconditions that an answer names as broken (RFC 4918 section 16)."""
        return parse_preconditions(response.raw)

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.close()

    def _let_rest(self) -> None:
        if (left := self._rests_until - _now()) > 0:
            msg = f"the calendar asked to be left alone for another {left:.0f} seconds"
            raise Transient(msg)


def _client(url: str, shown: str, timeout: int) -> AsyncDAVClient:
    parts = urlsplit(url)
    client = AsyncDAVClient(
        shown,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        auth_type="basic",
        timeout=timeout,
        enable_rfc6764=False,
        rate_limit_handle=False,
        # said outright, or the library makes a new session on 401, which would follow redirects again
        features={"http.multiplexing": {"support": "unsupported"}},
    )
    client.session.max_redirects = 0
    return client


def _told(error: AuthorizationError) -> DAVResponse:
    """Return the answer that the library made an error of."""
    body: Any = error.body or b""
    return DAVResponse.from_bytes(body.encode() if isinstance(body, str) else body, error.status or 403)


def _now() -> float:
    return asyncio.get_running_loop().time()
