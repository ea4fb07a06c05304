"""Opening connections: greeting, EHLO, STARTTLS and AUTH are the library's; what its errors mean is ours."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import cast

import aiosmtplib
from aiosmtplib import errors

from services.distribution.adapters.smtp.link import Link, Patience
from services.distribution.adapters.smtp.offers import Offers
from services.distribution.adapters.smtp.replies import clean
from services.distribution.adapters.smtp.tokens import NoToken, TokenAway
from services.distribution.domain import Outcome, Relay, Result
from shared.trouble import causes

FAILED_FOR_GOOD = 500
PASSING = (TokenAway, ssl.SSLEOFError, ssl.SSLZeroReturnError)
OURS = (ssl.SSLError, errors.SMTPNotSupported, errors.SMTPAuthenticationError, NoToken, ValueError)
Token = Callable[[], Awaitable[str]]
"""Returns an access token for the relay. Raises: NoToken."""


class NoLinkError(Exception):
    """There is no connection; `result` says why, for every mail that waits for one."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reply)
        self.result = result


class Door:
    """Where the relay is entered. One context for all connections: to make one costs more than to connect."""

    def __init__(
        self, relay: Relay, context: ssl.SSLContext | None, patience: Patience, token: Token | None = None
    ) -> None:
        use_tls, start_tls = _tls(relay)
        self._patience = patience
        self._without = relay.without
        self._client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.username,
            password=None if token else relay.password,
            oauth_token_generator=token,
            use_tls=use_tls,
            start_tls=start_tls,
            tls_context=context,
            timeout=patience.reply,
        )

    async def open(self) -> Link:
        """Return a new connection. Raises: NoLinkError."""
        try:
            return await self._open()
        except errors.SMTPResponseException as error:
            outcome = Outcome.STOP if error.code >= FAILED_FOR_GOOD else Outcome.AWAY
            raise self._no_link(outcome, f"{error.code} {error.message}") from error
        except (errors.SMTPException, OSError, TimeoutError, ValueError, NoToken) as error:
            raise self._no_link(why_not(error), f"{type(error).__name__}: {error}") from error
        except BaseException:  # cancelled: nobody waits for the rest of the greeting
            self._client.close()
            raise

    def close(self) -> None:
        """Let the library forget the connection that it has opened."""
        self._client.close()

    async def _open(self) -> Link:
        client = self._client
        client.close()
        await client.connect()
        if client.is_ehlo_or_helo_needed:
            await self._hello()
        if client.transport is None:
            msg = "the connection is closed"
            raise errors.SMTPServerDisconnected(msg)
        used = {name: value for name, value in client.esmtp_extensions.items() if name not in self._without}
        return Link(cast("asyncio.Transport", client.transport), Offers.of(used), self._patience)

    async def _hello(self) -> None:
        try:
            await self._client.ehlo()
        except errors.SMTPHeloError:
            await self._client.helo()

    def _no_link(self, outcome: Outcome, why: str) -> NoLinkError:
        self._client.close()
        return NoLinkError(Result(outcome, f"connect: {clean(why)}"))


def _tls(relay: Relay) -> tuple[bool, bool | None]:
    """Return what the library calls use_tls and start_tls. A secret goes out over TLS, unless `off` was said."""
    if relay.tls == "auto" and relay.username is not None:
        return False, True
    modes = {"none": (False, False), "auto": (False, None), "required": (False, True), "implicit": (True, False)}
    return modes[relay.tls]


def why_not(error: BaseException) -> Outcome:
    """Nobody there passes by itself; a certificate that is not trusted or TLS that is not offered does not.

    The library says that STARTTLS or AUTH is not offered with its bare base class.
    """
    led_to_it = list(causes(error))
    if any(isinstance(cause, PASSING) for cause in led_to_it):
        return Outcome.AWAY
    stop = any(isinstance(cause, OURS) or type(cause) is errors.SMTPException for cause in led_to_it)
    return Outcome.STOP if stop else Outcome.AWAY
