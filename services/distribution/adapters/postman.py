"""The postman: takes rows from the ledger, hands mails to the relay, writes down what became of them.

Any number of postmen in any number of processes share the rows: a row is claimed, durably, before its
first byte goes out. A claim that ran out belongs to somebody who died: its mail may have gone out, so it is
counted as ambiguous and sent again under the same Message-ID.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter

from services.distribution.domain import Delivery, Outcome, Parcel, Result, settle
from services.distribution.ports import Claim, Ledger, Mailer
from shared.clock import Clock

log = structlog.get_logger(__name__)

AMBIGUOUS = Counter("afterword_mail_ambiguous", "mails whose relay gave no last answer: they may arrive twice")
MAILS = Counter("afterword_mail", "attempts to hand a mail over", ["outcome"])
LEASE = timedelta(seconds=15)
RENEW_EVERY_S = 5.0
"""A claim is renewed while its mail is on the way, so that the row of a dead sender is soon taken by another."""
LOOK_EVERY_S = 1.0
AWAY_S = (1, 2, 4, 8, 15, 30, 60)
REFUSED_S = 60

Write = Callable[[Delivery], Awaitable[bytes | Result]]
"""Writes the mail of a row, or says what became of it without one."""
Done = Callable[[Delivery], Awaitable[None]]


class Line:
    """The way to the relay, shared by all postmen: closed for a while when the relay is away or refuses us."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.failures = 0
        self.closed_until: datetime | None = None

    def is_open(self) -> bool:
        """Say whether it is worth trying."""
        return self.closed_until is None or self.closed_until <= self.clock.now()

    def note(self, result: Result) -> None:
        """Close for longer and longer while nobody is there, for a minute when the relay refuses us."""
        if result.outcome is Outcome.STOP:
            log.error("the relay refuses us; all mail waits", reply=result.reply)
            self._close(REFUSED_S)
        elif result.outcome is Outcome.AWAY:
            if self.is_open():  # connections that break together are one outage
                self._close(AWAY_S[min(self.failures, len(AWAY_S) - 1)])
                self.failures += 1
        else:
            self.failures = 0

    def _close(self, seconds: float) -> None:
        self.closed_until = self.clock.now() + timedelta(seconds=seconds)


class Postman:
    """Sends one mail after the other over one connection."""

    def __init__(
        self, *, ledger: Ledger, mailer: Mailer, sender: str, write: Write, done: Done, line: Line, wake: asyncio.Event
    ) -> None:
        self.ledger = ledger
        self.mailer = mailer
        self.sender = sender
        self.write = write
        self.done = done
        self.line = line
        self.wake = wake

    async def round(self) -> None:
        """Send all that is due, then rest until there is more or a second has passed."""
        try:
            while self.line.is_open() and await self.send_one():
                pass
        finally:
            await self.mailer.close()
        try:
            await asyncio.wait_for(self.wake.wait(), LOOK_EVERY_S)
        except TimeoutError:
            return
        self.wake.clear()

    async def send_one(self) -> bool:
        """Send one mail; return whether there was one."""
        now = self.line.clock.now()
        claim = await self.ledger.claim(now, now + LEASE)
        if claim is None:
            return False
        keeping = asyncio.create_task(self._keep(claim.delivery))
        try:
            result = await self._send(claim.delivery)
        finally:
            keeping.cancel()
        self._note(claim, result)
        jitter = random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries, keeps no secret
        settled = settle(claim.delivery, result, jitter, self.line.clock.now())
        if await self.ledger.settle(settled):
            await self.done(settled)
        return True

    async def _keep(self, row: Delivery) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)  # noqa: TID251 - the pause between two renewals
            try:
                await self.ledger.renew(row, self.line.clock.now() + LEASE)
            except Exception:
                log.exception("could not keep a claim; its mail may be sent twice", delivery=row.id)

    async def _send(self, row: Delivery) -> Result:
        written = await self.write(row)
        if isinstance(written, Result):
            return written
        ((result,),) = await self.mailer.send([Parcel(self.sender, (row.recipient,), written)])
        return result

    def _note(self, claim: Claim, result: Result) -> None:
        self.line.note(result)
        MAILS.labels(result.outcome.value).inc()
        if claim.abandoned or result.outcome is Outcome.UNKNOWN:
            AMBIGUOUS.inc()
            log.warning("may arrive twice", message_id=claim.delivery.message_id, abandoned=claim.abandoned)
        if result.outcome is not Outcome.ACCEPTED:
            log.warning("not accepted", delivery=claim.delivery.id, outcome=result.outcome.value, reply=result.reply)
