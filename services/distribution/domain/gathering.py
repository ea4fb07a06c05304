"""Which notices come at once, and which wait and come together, so that nobody gets a flood of them. Pure.

A document a person and month: by when a fact was said, so that it is looked for in the same one however late it comes
again, and no document grows for ever.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from services.distribution.domain.gathered import URGENCY, Gathered
from services.distribution.domain.publication import TICK
from services.distribution.domain.told import Notice
from shared.contracts.base import derived_id
from shared.contracts.decision import Decision, Reply

FULL = 100
"""So many notices leave at once: a mail that can be read, and a document that stays small."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many mails with notices one person gets at most in how long a time; none wait where that is no time."""

    at_once: int = 5
    within: timedelta = timedelta(minutes=60)


class Gathering(BaseModel):
    """What one person was sent and waits for.

    `sent` are the times of their last mails, `kept` waits for the next one, and `leaving` is on its way to the ledger.
    """

    model_config = ConfigDict(frozen=True)

    sent: tuple[datetime, ...] = ()
    kept: tuple[Notice, ...] = ()
    leaving: tuple[Gathered, ...] = ()


def gathering_id(notice: Notice) -> str:
    """Return the id of the document that decides about a notice."""
    return derived_id("gathering", notice.recipient.email, f"{notice.at:%Y-%m}")


def may_wait(notice: Notice) -> bool:
    """Say whether a notice of this kind may come with others."""
    return URGENCY.get(notice.kind) is not None


def gather(gathering: Gathering | None, notice: Notice, pace: Pace, now: datetime) -> Decision[Gathering]:
    """Let a notice go at once, or keep it; the reply says which: `{"kept": true}`. What is nearly due does not wait."""
    known = _since(gathering or Gathering(), pace, now)
    is_near = notice.due is not None and now < notice.due <= now + 2 * pace.within
    if is_near or (not known.kept and len(known.sent) < pace.at_once):
        return _decided(known.model_copy(update={"sent": (*known.sent, now)}), pace, now, kept=False)
    known = known.model_copy(update={"kept": (*known.kept, notice)})
    return _decided(_let_go(known, now) if len(known.kept) >= FULL else known, pace, now, kept=True)


def let_go(gathering: Gathering, pace: Pace, now: datetime) -> Decision[Gathering]:
    """Let what was kept leave when its time has come. Nothing joins it any more, so that it may be sent twice alike."""
    is_time = gathering.kept and _until(gathering, pace) <= now
    known = _since(gathering, pace, now)
    return _decided(_let_go(known, now) if is_time else known, pace, now)


def forget(gathering: Gathering, ids: Container[str], pace: Pace, now: datetime) -> Decision[Gathering]:
    """Forget what has left: it stands in the ledger."""
    leaving = tuple(each for each in gathering.leaving if each.id not in ids)
    return _decided(gathering.model_copy(update={"leaving": leaving}), pace, now)


def _since(gathering: Gathering, pace: Pace, now: datetime) -> Gathering:
    """Return what still counts: a mail that is old enough makes room for another."""
    return gathering.model_copy(update={"sent": tuple(at for at in gathering.sent if at > now - pace.within)})


def _until(gathering: Gathering, pace: Pace) -> datetime:
    """Return when there is room for one more mail."""
    sent = gathering.sent[-pace.at_once :]
    return sent[0] + pace.within if len(sent) == pace.at_once else min(sent, default=gathering.kept[0].at)


def _let_go(gathering: Gathering, now: datetime) -> Gathering:
    first = gathering.kept[0]
    mail = Gathered(id=derived_id("gathered", first.id, first.recipient.email), at=now, notices=gathering.kept)
    return Gathering(sent=(*gathering.sent, now), leaving=(*gathering.leaving, mail))


def _decided(gathering: Gathering, pace: Pace, now: datetime, *, kept: bool | None = None) -> Decision[Gathering]:
    """Ask to be looked at when there is something to do; at a time that is always new, see `publication.waiting`."""
    soon = now + TICK
    due = max(_until(gathering, pace), soon) if gathering.kept else None
    reply = Reply(data={"kept": kept}) if kept is not None else None
    return Decision(state=gathering, due=soon if gathering.leaving else due, reply=reply)
