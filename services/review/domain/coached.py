"""What is known of how a postmortem is told: the remarks on its newest text, what was dismissed, what was mailed. Pure.

A dismissal is kept by the remark's id, which follows from rule, section and sentence: so it holds in later revisions,
and stays while the sentence is away.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from shared.contracts.coaching import Dismissal, Remark, RemarkSeverity

MOST_DISMISSED = 500
"""How many dismissals are kept; more than there are remarks on a text, so that only those of text that is gone go."""
MOST_MAILED = 1_000


class Coached(BaseModel):
    """The remarks on a revision, as the rules say them, and what people said of them.

    `digest` names all that the check read; `version` counts what was told of it. `quiet_since`: when the text changed
    last. `mailed`: remarks that a mail told of, the last ones; `mails` counts these.
    """

    model_config = ConfigDict(frozen=True)

    digest: str = ""
    revision: int = 0
    version: int = 0
    remarks: tuple[Remark, ...] = ()
    more: int = 0
    dismissals: dict[str, Dismissal] = {}
    quiet_since: datetime | None = None
    mailed: tuple[str, ...] = ()
    mails: int = 0
    mailed_at: datetime | None = None

    def changed(self, **fields: Any) -> Self:
        """Return a copy with other values."""
        return self.model_copy(update=fields)

    def find(self, id: str) -> Remark | None:
        """Return a remark on the newest text, None when there is no such."""
        return next((remark for remark in self.remarks if remark.id == id), None)

    def shown(self) -> tuple[Remark, ...]:
        """Return the remarks as people see them, with who dismissed which."""
        return tuple(
            remark.model_copy(update={"dismissed": self.dismissals[remark.id]})
            if remark.id in self.dismissals
            else remark
            for remark in self.remarks
        )

    def standing(self, *severities: RemarkSeverity) -> tuple[Remark, ...]:
        """Return the remarks of these severities that nobody has dismissed."""
        wanted = (remark for remark in self.remarks if remark.severity in severities)
        return tuple(remark for remark in wanted if remark.id not in self.dismissals)

    def counts(self) -> dict[str, int]:
        """Return how many remarks of each severity nobody has dismissed."""
        return {severity.value: len(self.standing(severity)) for severity in RemarkSeverity}

    def dismissing(self, id: str, dismissal: Dismissal) -> Self:
        """Return it with one more dismissal, the newest; when there are too many, the oldest of gone text goes."""
        kept = {known: said for known, said in self.dismissals.items() if known != id}
        gone = [known for known in kept if self.find(known) is None]
        for known in gone[: max(0, len(kept) + 1 - MOST_DISMISSED)]:
            del kept[known]
        return self.changed(dismissals={**kept, id: dismissal})

    def restoring(self, id: str) -> Self:
        """Return it without a dismissal."""
        return self.changed(dismissals={known: said for known, said in self.dismissals.items() if known != id})

    def mailing(self, told: tuple[Remark, ...], now: datetime) -> Self:
        """Return it with these remarks told by one more mail."""
        known = dict.fromkeys((*self.mailed, *(remark.id for remark in told)))
        return self.changed(mailed=tuple(known)[-MOST_MAILED:], mails=self.mails + 1, mailed_at=now)
