"""What is known of one transaction, and what follows from it for each recipient. Pure.

Nothing is said that was not heard: a mail is accepted by the reply to its end alone, and whoever sent the end
and heard no reply does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from services.distribution.adapters.smtp.replies import CLOSING, GO_ON, Reply
from services.distribution.domain import Outcome, Parcel, Result

NO_ROOM, TOO_LARGE = 452, 552
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(slots=True)
class Transaction:
    """The replies so far. `is_sent`: the end of the mail may be with the relay; `was_reset`: RSET came first."""

    parcel: Parcel
    mail: Reply | None = None
    rcpts: list[Reply] = field(default_factory=list)
    data: Reply | None = None
    end: Reply | None = None
    is_sent: bool = False
    was_reset: bool = False

    @property
    def has_recipient(self) -> bool:
        """Say whether the relay takes it for anybody."""
        return self.mail is not None and self.mail.is_good and any(each.is_good for each in self.rcpts)

    @property
    def may_go_on(self) -> bool:
        """Say whether the relay waits for the text."""
        return self.data is not None and self.data.code == GO_ON

    def result(self, number: int, trouble: str, *, is_used: bool) -> Result:
        """Return what became of one recipient. `trouble` says why a reply is missing.

        AWAY means that it was not sent, and that nothing is known of the recipient. That a relay closes a connection
        over which it `is_used` to take mail says nothing of them either.
        """
        refusal = self._refusal(number)
        if refusal is not None:
            phase, reply = refusal
            is_away = is_used and reply.code == CLOSING and phase != "end"
            return Result(Outcome.AWAY, f"{phase}: {reply}") if is_away else _refused(phase, reply)
        if self.end is not None:
            return Result(Outcome.ACCEPTED, str(self.end))
        if self.is_sent:
            return Result(Outcome.UNKNOWN, f"data: {trouble}")
        return Result(Outcome.AWAY, f"not sent: {trouble}")

    def _refusal(self, number: int) -> tuple[str, Reply] | None:
        """Return the first no that meets a recipient, and its phase."""
        rcpt = self.rcpts[number] if number < len(self.rcpts) else None
        for phase, reply in (("mail", self.mail), ("rcpt", rcpt), ("data", self.data), ("end", self.end)):
            if reply is not None and not reply.is_good and reply.code != GO_ON:
                return phase, reply
        return None

    def taken(self) -> int:
        """Return how many recipients the relay has taken so far."""
        return sum(each.is_good for each in self.rcpts)

    def is_one_too_many(self, number: int) -> bool:
        """Say whether the relay would have taken a recipient of a smaller parcel (RFC 5321 section 4.5.3.1.10)."""
        if number >= len(self.rcpts) or not self.has_recipient:
            return False
        reply = self.rcpts[number]
        status = _STATUS.match(reply.words)
        said = status[0][1:] if status else ""
        return (reply.code == NO_ROOM and said in ("", ".5.3")) or (reply.code == TOO_LARGE and said == ".5.3")


def _refused(phase: str, reply: Reply) -> Result:
    """A no for good to the sender means us, not the recipient; unless it is this mail that is too large."""
    if not reply.is_for_good:
        return Result(Outcome.RETRY, f"{phase}: {reply}")
    means_us = phase == "mail" and reply.code != TOO_LARGE
    return Result(Outcome.STOP if means_us else Outcome.FAILED, f"{phase}: {reply}")
