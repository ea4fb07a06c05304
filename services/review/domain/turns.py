"""Who was asked to review a postmortem, and what became of it: what load and experience are counted from. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.values import AskedReviewer


class Turn(BaseModel):
    """One person's part in one round: `round` is the revision that a correction is about, 0 for the first report.

    Who gives a verdict without being asked, as an admin may, has no `asked_at`.
    """

    model_config = ConfigDict(frozen=True)

    email: str
    round: int = 0
    asked_at: datetime | None = None
    verdict_at: datetime | None = None
    published: bool = False


Turns = tuple[Turn, ...]


def asked(turns: Turns, reviewers: Iterable[AskedReviewer], round: int, now: datetime) -> Turns:
    """Return the turns with those of the reviewers who had none in this round."""
    known = {turn.email for turn in turns if turn.round == round and turn.asked_at}
    new = [reviewer for reviewer in reviewers if reviewer.email not in known]
    for reviewer in new:
        turns = _put(turns, reviewer.email, round, asked_at=reviewer.asked_at or now)
    return turns


def answered(turns: Turns, email: str, round: int, now: datetime) -> Turns:
    """Return the turns after somebody gave a verdict; the first one counts."""
    done = any(turn.email == email and turn.round == round and turn.verdict_at for turn in turns)
    return turns if done else _put(turns, email, round, verdict_at=now)


def published(turns: Turns, rounds: Collection[int]) -> Turns:
    """Return the turns after the text of these rounds went out."""
    return tuple(turn.model_copy(update={"published": True}) if turn.round in rounds else turn for turn in turns)


def _put(turns: Turns, email: str, round: int, **fields: datetime) -> Turns:
    known = next((turn for turn in turns if (turn.email, turn.round) == (email, round)), None)
    if known is None:
        return (*turns, Turn.model_validate({"email": email, "round": round, **fields}))
    return tuple(turn.model_copy(update=fields) if turn is known else turn for turn in turns)
