"""Which rows are known to wait without asking for them: those that this process has added, and those read with others.

What is known may have been taken by another process since: whoever takes a row still asks for it as it was known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.distribution.domain import Delivery, State
from services.distribution.domain.delivery import ALONE, TOGETHER

MOST = 500
"""Rows that are kept in mind; of more than that the ledger is asked again."""
LOOK_EVERY = timedelta(seconds=0.9)
"""So often it is looked for what others have put in, and for what is to be tried again: at each beat of a second."""


class Looked:
    """When something was looked through to its end last, so that it need not be for a while."""

    def __init__(self) -> None:
        self._at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Say whether it is time to look, also after a clock was set back."""
        return self._at is None or not self._at <= now < self._at + LOOK_EVERY

    def note(self, now: datetime, *, is_all: bool) -> None:
        """Keep in mind whether all that there was has been seen."""
        self._at = now if is_all else None

    def forget(self) -> None:
        """Look again the next time."""
        self._at = None


class Pending:
    """Rows that wait, as they were written or read last."""

    def __init__(self) -> None:
        self.looked = Looked()
        self._rows: dict[str, Delivery] = {}

    def add(self, rows: Iterable[Delivery]) -> None:
        """Keep rows in mind that were added, unless there are too many of them."""
        self._rows |= {row.id: row for row in rows if row.state is State.PENDING}
        if len(self._rows) > MOST:
            self._rows.clear()
            self.looked.forget()

    def see(self, rows: Iterable[Delivery], now: datetime, *, is_all: bool) -> None:
        """Keep rows in mind that were read; where there are more behind them, these are the ones that come first."""
        seen = {row.id: row for row in rows}
        self._rows = self._rows | seen if is_all else seen
        self.looked.note(now, is_all=is_all)

    def take(self, now: datetime, senders: int) -> tuple[Sequence[Delivery], int]:
        """Return rows that so many senders may take, and how many each of them may; they are not kept in mind more."""
        due = sorted((row for row in self._rows.values() if row.not_before <= now), key=lambda row: row.not_before)
        rows, each = _at_once([row for row in due if not row.list] or due, senders)
        for row in rows:
            del self._rows[row.id]
        return rows, each


def one_mail(row: Delivery) -> dict[str, object]:
    """Return what rows have in common to which one mail goes."""
    return {"postmortem_id": row.postmortem_id, "revision": row.revision, "list": row.list, "to": row.to}


def _at_once(rows: Sequence[Delivery], senders: int) -> tuple[Sequence[Delivery], int]:
    if not rows or not rows[0].to:
        return [row for row in rows[: ALONE * senders] if not row.to], ALONE
    mail = one_mail(rows[0])
    return [row for row in rows if one_mail(row) == mail][: TOGETHER * senders], TOGETHER
