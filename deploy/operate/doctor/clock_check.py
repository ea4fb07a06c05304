"""Whether clocks agree: leases, timers and what was left unsaid are judged by the clocks of several machines."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from deploy.operate.doctor.finding import Finding, failed, ok, warning

CHECK = "clock"
WORTH_SAYING, WRONG = timedelta(seconds=3), timedelta(seconds=10)
"""A mail is leased for 15 s: with clocks so far apart, two postmen may both think that it is theirs."""
HELP = "run an NTP client there and here: timedatectl set-ntp true"


def compared(where: str, asked: datetime, theirs: datetime, answered: datetime) -> Finding:
    """Return how far a server's clock is from ours, which was read before and after it was asked.

    What the way there and back may have taken is not counted.
    """
    early, late = asked - theirs, theirs - answered
    off = max(early, late, timedelta(0))
    what = f"is {off.total_seconds():.0f} s {'behind' if early > late else 'ahead of'} this machine's"
    if off >= WRONG:
        return failed(CHECK, what, where, HELP)
    if off >= WORTH_SAYING:
        return warning(CHECK, what, where, HELP)
    return ok(CHECK, "agrees with this machine's", where)


def http_date(where: str, asked: datetime, header: str | None, answered: datetime) -> list[Finding]:
    """Return the same by an HTTP `Date`, which has whole seconds; nothing when a server tells none."""
    try:
        theirs = parsedate_to_datetime(header or "")
    except ValueError:
        return []
    return [compared(where, asked - timedelta(seconds=1), theirs, answered)]
