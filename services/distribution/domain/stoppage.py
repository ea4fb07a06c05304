"""That the relay refuses us, said once, and that it takes mail again. Pure.

One document for all instances: whoever sees it first says it. A refusal counts only when it is newer than the end of
the one before, and mail that was taken only when it was handed over after the refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.decision import Decision
from shared.contracts.mailing import DeliveryResumed, DeliveryStopped


@dataclass(frozen=True, slots=True)
class Refusal:
    """That the relay refused us, and in which words."""

    at: datetime
    reply: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What one instance saw last: the relay's refusal, if there was one, and when it last took a mail."""

    refused: Refusal | None = None
    taken_at: datetime | None = None


class Stoppage(BaseModel):
    """Since when all mail waits and why, or when that ended last."""

    model_config = ConfigDict(frozen=True)

    since: datetime | None = None
    reply: str = ""
    ended_at: datetime | None = None


def follow(stoppage: Stoppage | None, standing: Standing) -> Decision[Stoppage]:
    """Return what is known with what one instance saw; what is new is said."""
    known = stoppage or Stoppage()
    refused, taken_at = standing.refused, standing.taken_at
    if known.since is None:
        is_new = refused and (known.ended_at is None or refused.at > known.ended_at)
        return _stopped(refused) if refused and is_new else Decision(state=known)
    if taken_at is None or taken_at <= known.since:
        return Decision(state=known)
    resumed = DeliveryResumed(since=known.since, resumed_at=taken_at)
    return Decision(state=Stoppage(ended_at=taken_at), events=(resumed,))


def _stopped(refused: Refusal) -> Decision[Stoppage]:
    reply = refused.reply[:500]
    stopped = DeliveryStopped(since=refused.at, reply=reply)
    return Decision(state=Stoppage(since=refused.at, reply=reply), events=(stopped,))
