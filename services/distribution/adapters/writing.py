"""The mail of a row: a publication's or a notice's, unless it is not to be sent any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from services.distribution.domain import Delivery, Notice, Outcome, Publication, Result, why_not
from services.distribution.ports import NoticePrinter, Printer
from shared.clock import Clock

Read = Callable[[str], Awaitable[Publication | None]]


class Writing:
    """Writes mails from what is known of the postmortem at that moment."""

    def __init__(self, *, read: Read, printer: Printer, notices: NoticePrinter, clock: Clock) -> None:
        self.read = read
        self.printer = printer
        self.notices = notices
        self.clock = clock

    async def write(self, row: Delivery) -> bytes | Result:
        """Return the bytes of a row's mail, or that there is none. Raises: LookupError for an unknown publication."""
        publication = await self.read(row.postmortem_id)
        try:
            return self._notice(publication, row, row.notice) if row.notice else self._report(publication, row)
        except ValueError as error:  # what cannot be written as a mail cannot be sent, now or ever
            return Result(Outcome.FAILED, f"print: {error}")

    def _report(self, publication: Publication | None, row: Delivery) -> bytes | Result:
        issued = publication.of(row.revision) if publication else None
        if issued is None:
            raise LookupError(row.postmortem_id)
        if not issued.circle.sees(row.recipient):
            return Result(Outcome.FAILED, "not sent: it was restricted since, and this person is not named")
        return self.printer.mail(issued, row)

    def _notice(self, publication: Publication | None, row: Delivery, notice: Notice) -> bytes | Result:
        """The row is written before the commit that follows it, so there may be no publication yet."""
        known = publication or Publication()
        if reason := why_not(notice, known, self.clock.now()):
            return Result(Outcome.FAILED, f"not sent: {reason}")
        return self.notices.mail(notice, row, restricted=known.circle.restricted)
