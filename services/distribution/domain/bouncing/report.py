"""What a returned mail claims, and whether it can be about the delivery whose return path it came to. Pure.

The return path is signed, so it tells which delivery it is about. It stands in the mail itself though, and whoever got
that mail, or was passed it, can write to it: so what the report says has to fit the row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.distribution.domain.bouncing.bounce import Bounce
from services.distribution.domain.bouncing.status import kind_of
from services.distribution.domain.delivery import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a returned mail says of one recipient.

    `recipients` are the addresses that it names as those it was sent to, lower-cased; none when it names only where it
    was passed on to. `envid` and `message_id` are those of the mail that it returns, empty where it tells none.
    """

    status: str
    reply: str
    recipients: frozenset[str] = frozenset()
    envid: str = ""
    message_id: str = ""

    def fits(self, row: Delivery) -> bool:
        """Say whether nothing that it claims speaks of another mail or person."""
        is_of_another = self.message_id not in ("", row.message_id)
        return self._names(row) and not is_of_another and not _is_other_id(self.envid, row.id)

    def _names(self, row: Delivery) -> bool:
        return not self.recipients or row.recipient.lower() in self.recipients


def about(reports: Iterable[Report], row: Delivery) -> Report | None:
    """Return the first report that can be about a delivery: that names its recipient, else one that names nobody."""
    fitting = [report for report in reports if report.fits(row)]
    return next((report for report in fitting if report.recipients), next(iter(fitting), None))


def bounce_of(report: Report, row: Delivery, now: datetime) -> Bounce:
    """Return the bounce that a report of a delivery is."""
    return Bounce(delivery=row.id, kind=kind_of(report.status), status=report.status, reply=report.reply, at=now)


def _is_other_id(envid: str, delivery: str) -> bool:
    """Say whether an envelope id is one of ours and another delivery's; relays on the way may give their own."""
    try:
        return UUID(envid) != UUID(delivery)
    except ValueError:
        return False
