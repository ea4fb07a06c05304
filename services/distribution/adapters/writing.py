"""The mail of a row: a publication's, a notice's or a digest's, unless it is not to be sent any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from services.distribution.adapters.remembering import Remembered
from services.distribution.domain import Delivery, Gathered, Notice, Outcome, Publication, Result, why_not
from services.distribution.ports import HeldBack, NoticePrinter, Printer
from shared.clock import Clock
from shared.contracts.mail_preferences import WEEKLY_DIGEST

Write = Callable[[Delivery], Awaitable[bytes | Result]]

log = structlog.get_logger(__name__)


class Writing:
    """Writes mails from what is known of the postmortem at that moment; `digests` writes those of digests."""

    def __init__(
        self,
        *,
        known: Remembered,
        printer: Printer,
        notices: NoticePrinter,
        digests: Write,
        clock: Clock,
        holding: Sequence[HeldBack] = (),
    ) -> None:
        self.known = known
        self.holding = holding
        self.printer = printer
        self.notices = notices
        self.digests = digests
        self.clock = clock
        self._last = (("", ""), b"")
        self._held: dict[str, str] = {}

    async def look(self, rows: Sequence[Delivery]) -> None:
        """See what is known now of what these rows are about; they are written from that, or from what is newer."""
        about = {id for row in rows for id in (row.gathered.about if row.gathered else (row.postmortem_id,))}
        await self.known.look(about)
        for row in rows:  # what was held once and not written may be wanted again
            self._held.pop(row.id, None)
        for each in self.holding:
            self._held |= await each.held(rows)

    async def write(self, row: Delivery) -> bytes | Result:
        """Return the bytes of a row's mail, or that there is none. Raises: LookupError for an unknown publication."""
        if reason := self._held.pop(row.id, None):
            return Result(Outcome.SUPPRESSED, f"not sent: {reason}")
        try:
            if row.list == WEEKLY_DIGEST:
                return await self.digests(row)
            if row.gathered:
                return await self._gathered(row, row.gathered)
            publication = await self.known.of(row.postmortem_id)
            return self._notice(publication, row, row.notice) if row.notice else self._report(publication, row)
        except ValueError as error:  # what cannot be written as a mail cannot be sent, now or ever
            return Result(Outcome.FAILED, f"print: {error}")

    def _report(self, publication: Publication | None, row: Delivery) -> bytes | Result:
        issued = publication.of(row.revision) if publication else None
        if issued is None:
            raise LookupError(row.postmortem_id)
        if not issued.circle.sees(row.recipient):
            return Result(Outcome.FAILED, "not sent: it was restricted since, and this person is not named")
        if row.to and issued.circle.restricted:  # goes person by person, and names no list in its head
            return self.printer.mail(issued, replace(row, to=""))
        return self._one_mail(issued, row) if row.to else self.printer.mail(issued, row)

    def _one_mail(self, issued: Publication, row: Delivery) -> bytes:
        """Return the mail to a list, printed once for all whom it goes to."""
        mail = (row.message_id, row.list)  # two lists may have one address
        if self._last[0] != mail:
            self._last = (mail, self.printer.mail(issued, row))
        return self._last[1]

    def _notice(self, publication: Publication | None, row: Delivery, notice: Notice) -> bytes | Result:
        """The row is written before the commit that follows it, so there may be no publication yet."""
        known = publication or Publication()
        if reason := why_not(notice, known, self.clock.now()):
            return Result(Outcome.FAILED, f"not sent: {reason}")
        return self.notices.mail(notice, row, restricted=known.circle.restricted)

    async def _gathered(self, row: Delivery, gathered: Gathered) -> bytes | Result:
        """Tell what is still true of it, each of what is known of its postmortem."""
        known = {id: await self.known.of(id) or Publication() for id in sorted(gathered.about)}
        told = tuple(notice for notice in gathered.notices if self._is_true(notice, known[notice.fact.postmortem_id]))
        if not told:
            return Result(Outcome.FAILED, "not sent: nothing of it is true any more")
        restricted = {notice.id for notice in told if known[notice.fact.postmortem_id].circle.restricted}
        return self.notices.gathered_mail(gathered.model_copy(update={"notices": told}), restricted, row)

    def _is_true(self, notice: Notice, publication: Publication) -> bool:
        reason = why_not(notice, publication, self.clock.now())
        if reason:
            log.info("left out of a mail of several", notice=notice.id, reason=reason)
        return reason is None
