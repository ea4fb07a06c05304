"""The mail relay over aiosmtplib: MAIL, RCPT and DATA one by one, so that the phase of a failure is known.

A connection that breaks between DATA and the relay's go-ahead counts as unknown too: the library tells no
difference, and unknown is the side on which no mail is lost.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence

import aiosmtplib
from aiosmtplib import errors

from services.distribution.domain import Outcome, Parcel, Relay, Result

MAILS_A_CONNECTION = 100
FAILED_FOR_GOOD = 500
CLOSING = 421
PLAIN = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f-\U0010ffff]+@[A-Za-z0-9.-]+")


class SmtpMailer:
    """One connection to the relay, used for many mails, one at a time."""

    def __init__(self, relay: Relay, context: ssl.SSLContext | None = None, timeout: float = 60.0) -> None:
        tls = {"none": (False, False), "auto": (False, None), "required": (False, True), "implicit": (True, False)}
        use_tls, start_tls = tls[relay.tls]
        self.client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.username,
            password=relay.password,
            use_tls=use_tls,
            start_tls=start_tls,
            tls_context=context,
            timeout=timeout,
        )
        self.sent = 0

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[tuple[Result, ...]]:
        """Send parcels one after the other; never raises for what a relay or a network may do."""
        return [tuple([await self._send(parcel, each) for each in parcel.recipients]) for parcel in parcels]

    async def _send(self, parcel: Parcel, recipient: str) -> Result:
        phase = "address"
        try:
            _check(recipient)
            phase = "connect"
            await self._connect()
            phase = "mail"
            await self.client.mail(parcel.sender)
            phase = "rcpt"
            await self.client.rcpt(recipient)
            phase = "data"
            answer = await self.client.data(parcel.mail)
        except errors.SMTPResponseException as error:
            return await self._refused(phase, error)
        except (errors.SMTPException, OSError, TimeoutError) as error:
            self.client.close()
            outcome = {"data": Outcome.UNKNOWN, "connect": why_not(error)}.get(phase, Outcome.RETRY)
            return Result(outcome, f"{phase}: {type(error).__name__}: {error}")
        except ValueError as error:  # an address that cannot be put on the wire
            self.client.close()
            return Result(Outcome.FAILED, f"{phase}: {error}")
        except BaseException:  # cancelled: the connection is out of step with the relay
            self.client.close()
            raise
        self.sent += 1
        return Result(Outcome.ACCEPTED, f"{answer.code} {answer.message}")

    async def close(self) -> None:
        """Say goodbye to the relay."""
        if self.client.is_connected:
            try:
                await self.client.quit()
            except (errors.SMTPException, OSError):
                self.client.close()
        self.sent = 0

    async def _connect(self) -> None:
        if self.sent >= MAILS_A_CONNECTION:
            await self.close()
        if not self.client.is_connected:
            await self.client.connect()

    async def _refused(self, phase: str, error: errors.SMTPResponseException) -> Result:
        """The relay said no; whom it means depends on when."""
        reply = f"{phase}: {error.code} {error.message}"
        for_good = error.code >= FAILED_FOR_GOOD
        await self._reset(error)
        if phase == "connect":
            return Result(Outcome.STOP if for_good else Outcome.AWAY, reply)
        if phase == "mail" and for_good:
            return Result(Outcome.STOP, reply)
        return Result(Outcome.FAILED if for_good else Outcome.RETRY, reply)

    async def _reset(self, error: errors.SMTPResponseException) -> None:
        """Bring the connection back into step for the next mail."""
        if error.code == CLOSING or not self.client.is_connected:
            self.client.close()
            return
        try:
            await self.client.rset()
        except (errors.SMTPException, OSError):
            self.client.close()


def _check(address: str) -> None:
    """Refuse what is no plain address: the library would send to whatever it finds in it. Raises: ValueError."""
    if not PLAIN.fullmatch(address):
        msg = f"{address!r} is no address"
        raise ValueError(msg)


def why_not(error: BaseException) -> Outcome:
    """Nobody there passes by itself; a certificate that is not trusted or TLS that is not offered does not.

    The library says that STARTTLS or AUTH is not offered with its bare base class.
    """
    causes: list[BaseException] = [error]
    while following := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(following)
    ours = (ssl.SSLError, errors.SMTPNotSupported, errors.SMTPAuthenticationError)
    stop = any(isinstance(cause, ours) or type(cause) is errors.SMTPException for cause in causes)
    return Outcome.STOP if stop else Outcome.AWAY
