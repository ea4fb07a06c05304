"""What becomes of one mail to one person. Pure; randomness and time come in as arguments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.distribution.domain.gathered import Gathered
from services.distribution.domain.told import Notice

ALONE = 10
"""Mails that one sender takes at once: enough that a relay which takes them in one go is not waited for, and few enough
that a crash leaves few of them in doubt."""
TOGETHER = 100
"""People whom one mail goes to at most in one transaction: as many as every relay has to take (RFC 5321 4.5.3.1.8)."""
MAX_ATTEMPTS = 20
"""About two days of trying, as mail servers do (RFC 5321 section 4.5.4.1 asks for 4 to 5 days at most)."""


class State(StrEnum):
    """Where a mail stands."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


WAITING = frozenset({State.PENDING, State.SENDING})


class Outcome(StrEnum):
    """What a relay's answer means."""

    ACCEPTED = "accepted"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"
    AWAY = "away"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome and the relay's words, or ours.

    AWAY: nobody there; STOP: the relay refuses us, not the recipient; SUPPRESSED: this person is to get no mail.
    """

    outcome: Outcome
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One mail to one person: of one publication, or a notice, which has neither revision nor list, or several of them.

    `id` follows from what is mailed and to whom.

    `attempts` counts those that say something about the recipient; `claim` counts every taking of the row,
    so that whoever took it last is the only one who may write down what became of it.

    `to` is whom the mail names, where that is a list and not this person. `thread` are the Message-IDs of those that it
    answers, oldest first; None in rows of before that was kept in them.
    """

    id: str
    postmortem_id: str
    revision: int
    recipient: str
    list: str
    message_id: str
    state: State = State.PENDING
    attempts: int = 0
    claim: int = 0
    not_before: datetime
    updated_at: datetime
    reply: str = ""
    notice: Notice | None = None
    to: str = ""
    thread: tuple[str, ...] | None = None
    gathered: Gathered | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How the mails of one publication stand."""

    accepted: int = 0
    failed: int = 0
    unknown: int = 0
    suppressed: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        """Return how many rows there are."""
        return self.accepted + self.failed + self.unknown + self.suppressed + self.waiting


def backoff(attempts: int, jitter: float) -> timedelta:
    """Return how long to wait after so many attempts: 1, 2, 4 ... 240 minutes, times `jitter` (0.8 to 1.2)."""
    return timedelta(minutes=min(2 ** (attempts - 1), 240)) * jitter


def settle(delivery: Delivery, result: Result, jitter: float, now: datetime) -> Delivery:
    """Return the row after an attempt.

    No answer after the end of the data means that the mail may have arrived: it is sent again under the
    same Message-ID (RFC 1047 describes the window). After the last attempt such a mail stays `unknown`.
    """
    after = replace(delivery, reply=result.reply[:500], updated_at=now)
    if result.outcome in (Outcome.ACCEPTED, Outcome.FAILED, Outcome.SUPPRESSED):
        return replace(after, state=State(result.outcome.value))
    if result.outcome in (Outcome.AWAY, Outcome.STOP):  # says nothing about this recipient
        return replace(after, state=State.PENDING, attempts=delivery.attempts - 1, not_before=now)
    if delivery.attempts >= MAX_ATTEMPTS:
        last = State.UNKNOWN if result.outcome is Outcome.UNKNOWN else State.FAILED
        return replace(after, state=last)
    return replace(after, state=State.PENDING, not_before=now + backoff(delivery.attempts, jitter))
