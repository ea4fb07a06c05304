"""The postman: takes rows from the ledger, hands mails to the relay, writes down what became of them.

Any number of postmen in any number of processes share the rows: rows are claimed, durably, before the
first byte of their mails goes out. A claim that ran out belongs to somebody who died: its mail may have gone out, so
it is counted as ambiguous and sent again under the same Message-ID.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

from services.distribution.adapters.packing import Envelopes
from services.distribution.adapters.traced import handing_over
from services.distribution.domain import Delivery, Outcome, Refusal, Result, Standing, settle
from services.distribution.domain.delivery import WAITING
from services.distribution.ports import Claim, Ledger, Mailer, Writer
from shared.batching import until_beat
from shared.clock import Clock

log = structlog.get_logger(__name__)

AMBIGUOUS = Counter("afterword_mail_ambiguous", "mails whose relay gave no last answer: they may arrive twice")
MAILS = Counter("afterword_mail", "attempts to hand a mail over", ["outcome"])
LATE = Histogram(
    "afterword_mail_late_seconds",
    "how long after it was due a mail was accepted by the relay",
    buckets=(5.0, 60.0, 300.0, 3600.0),
)
LEASE = timedelta(seconds=15)
RENEW_EVERY_S = 5.0
"""Claims are renewed while their mails are on the way, so that rows of a dead sender are soon taken by another."""
LOOK_EVERY_S = 1.0
AWAY_S = (1, 2, 4, 8, 15, 30, 60)
REFUSED_S = 60
MOST_BYTES = 4 * 1024 * 1024
"""Of mails that are written and not sent yet: long reports are handed over in smaller parts."""
LAST_S = 5.0
"""Whoever is told to stop finishes what is on its way first, for so long: otherwise it might be sent twice."""
NOT_TRIED = Result(Outcome.AWAY, "not tried: the way to the relay is closed")
TAKEN = (Outcome.ACCEPTED, Outcome.RETRY)
"""After a refusal these say that the relay listens to us again."""

Done = Callable[[Delivery], Awaitable[None]]
Attempt = tuple[Claim, Result]


class Line:
    """The way to the relay, shared by all postmen: closed for a while when the relay is away or refuses us."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.failures = 0
        self.closed_until: datetime | None = None
        self.standing = Standing()

    def is_open(self) -> bool:
        """Say whether it is worth trying."""
        return self.closed_until is None or self.closed_until <= self.clock.now()

    def note(self, result: Result) -> None:
        """Close for longer and longer while nobody is there, for a minute when the relay refuses us."""
        if result.outcome is Outcome.STOP:
            self.standing = replace(self.standing, refused=Refusal(self.clock.now(), result.reply))
            self._close(REFUSED_S)
        elif result.outcome is Outcome.AWAY:
            if self.is_open():  # connections that break together are one outage
                self._close(AWAY_S[min(self.failures, len(AWAY_S) - 1)])
                self.failures += 1
        else:
            self.failures = 0
            if result.outcome in TAKEN:
                self.standing = replace(self.standing, taken_at=self.clock.now())

    def _close(self, seconds: float) -> None:
        self.closed_until = self.clock.now() + timedelta(seconds=seconds)


class Postman:
    """Sends a few mails after a few others over one connection."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        mailer: Mailer,
        envelopes: Envelopes,
        writer: Writer,
        done: Done,
        line: Line,
        wake: asyncio.Event,
    ) -> None:
        self.ledger = ledger
        self.mailer = mailer
        self.envelopes = envelopes
        self.writer = writer
        self.done = done
        self.line = line
        self.wake = wake

    async def round(self) -> None:
        """Send all that is due, then rest until there is more or a second has passed."""
        try:
            while self.line.is_open() and await _to_its_end(self.send_some()):
                pass
        finally:
            await self.mailer.close()
        try:
            async with asyncio.timeout(until_beat(LOOK_EVERY_S)):
                await self.wake.wait()
        except TimeoutError:
            return
        self.wake.clear()

    async def send_some(self) -> bool:
        """Send a few mails; return whether there was one.

        Raises: ExceptionGroup when some could not be written; their rows stay claimed, all others are settled.
        """
        now = self.line.clock.now()
        claims = await self.ledger.claim(now, now + LEASE)
        if not claims:
            return False
        keeping = asyncio.create_task(self._keep([claim.delivery for claim in claims]))
        try:
            attempts, failed = await self._try(claims)
        finally:
            keeping.cancel()
        await self._settle(attempts)
        if failed:
            msg = "mails that could not be written"
            raise ExceptionGroup(msg, failed)
        return True

    async def _keep(self, rows: Sequence[Delivery]) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)  # noqa: TID251 - the pause between two renewals
            try:
                await self.ledger.renew(rows, self.line.clock.now() + LEASE)
            except Exception:
                log.exception("could not keep claims; their mails may be sent twice", deliveries=len(rows))

    async def _try(self, claims: Sequence[Claim]) -> tuple[list[Attempt], list[Exception]]:
        """Write and send, in parts of bounded size; return what became of each, and why some could not be written."""
        await self.writer.look([claim.delivery for claim in claims])
        attempts: list[Attempt] = []
        failed: list[Exception] = []
        written: list[tuple[Claim, bytes]] = []
        for claim in claims:
            try:
                mail = await self.writer.write(claim.delivery)
            except Exception as error:  # noqa: BLE001 - it is raised when the others are through
                failed.append(error)
                continue
            if isinstance(mail, Result):
                attempts.append((claim, mail))
                continue
            written.append((claim, mail))
            if _bytes(written) >= MOST_BYTES:
                attempts += await self._send(written)
                written = []
        return attempts + await self._send(written), failed

    async def _send(self, written: Sequence[tuple[Claim, bytes]]) -> list[Attempt]:
        """Hand mails over, unless those before them have closed the way."""
        if not self.line.is_open():
            return [(claim, NOT_TRIED) for claim, _ in written]
        parcels = self.envelopes.pack([(claim.delivery, mail) for claim, mail in written])
        with handing_over() as handing:
            results = [result for each in (await self.mailer.send(parcels) if parcels else ()) for result in each]
            handing.sent = zip((claim.delivery for claim, _ in written), results, strict=True)
        for result in results:
            self.line.note(result)
        return list(zip((claim for claim, _ in written), results, strict=True))

    async def _settle(self, attempts: Sequence[Attempt]) -> None:
        """Write down what became of mails, and tell it once of each publication of which some are through."""
        jitter, now = random.uniform(0.8, 1.2), self.line.clock.now()  # noqa: S311 - spreads retries, keeps no secret
        for claim, result in attempts:
            _count(claim, result, now)
        rows = [settle(claim.delivery, result, jitter, now) for claim, result in attempts]
        settled = await self.ledger.settle(rows) if rows else ()
        through = {(row.postmortem_id, row.revision): row for row in settled if row.state not in WAITING}
        for row in through.values():
            await self.done(row)


async def _to_its_end(work: Coroutine[Any, Any, bool]) -> bool:
    """Return what some work returns; whoever is cancelled waits for its end, unless that takes too long."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=LAST_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


def _bytes(written: Sequence[tuple[Claim, bytes]]) -> int:
    """Return how much memory mails take; those that are the same for many are there once."""
    return sum({id(mail): len(mail) for _, mail in written}.values())


def _count(claim: Claim, result: Result, now: datetime) -> None:
    MAILS.labels(result.outcome.value).inc()
    if result.outcome is Outcome.ACCEPTED:
        LATE.observe(max(0.0, (now - claim.delivery.not_before).total_seconds()))
    if claim.abandoned or result.outcome is Outcome.UNKNOWN:
        AMBIGUOUS.inc()
        row = claim.delivery
        log.warning("may arrive twice", delivery=row.id, abandoned=claim.abandoned)
    if result.outcome is not Outcome.ACCEPTED:
        log.warning("not accepted", delivery=claim.delivery.id, outcome=result.outcome.value, reply=result.reply)
