"""What follows from any change of a postmortem: its owner is told, and somebody looks at it again in time. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.drafting.domain.incident import open_draft
from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import Postmortem, State
from services.drafting.domain.reminders import next_look, remind
from shared.contracts.decision import Decision
from shared.contracts.notices import OwnerAssigned, OwnerReason
from shared.contracts.skipping import POLICY

UNSEEN = frozenset({State.COLLECTING, State.SKIPPED})
"""Where a postmortem is nobody's yet, or not any more; so is one whose incident another one is about."""


def attend(
    before: Postmortem | None,
    decision: Decision[Postmortem] | Decision[Postmortem | None],
    by: str,
    guidance: Guidance,
    now: datetime,
) -> Decision[Postmortem | None]:
    """Return a decision with what follows from it. `by`: the address of who gave the command, or the policy's name."""
    after, events = decision.state, decision.events
    if after is None:
        return Decision(state=None, events=events, reply=decision.reply)
    events = (*events, *_assigned(before, after, by, guidance, now))
    return Decision(state=after, events=events, reply=decision.reply, due=next_look(after, guidance, now))


def ring(postmortem: Postmortem, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """Its time has come: open the draft if the incident has been over for a while, and remind whoever has to be.

    What was collected before there was such a time to keep is opened whenever it is looked at.
    """
    waits = postmortem.opens_at is None and postmortem.state is not State.COLLECTING
    if not postmortem.is_unopened or waits or (postmortem.opens_at and postmortem.opens_at > now):
        return remind(postmortem, guidance, now)
    opened = open_draft(postmortem, guidance, now)
    reminded = remind(opened.state, guidance, now)
    return replace(reminded, events=(*opened.events, *reminded.events))


def _is_unseen(postmortem: Postmortem) -> bool:
    return postmortem.state in UNSEEN or postmortem.merged_into is not None


def _assigned(
    before: Postmortem | None, after: Postmortem, by: str, guidance: Guidance, now: datetime
) -> tuple[OwnerAssigned, ...]:
    """Tell an owner that it is theirs, with the draft and whenever it changes hands (guide: told directly)."""
    known = before.owner if before and not _is_unseen(before) else None
    owner, deadline, is_over = after.owner, after.deadline, _is_unseen(after) or after.state is State.PUBLISHED
    if is_over or owner is None or deadline is None or (known and known.email == owner.email):
        return ()
    picked = guidance.assigned(after.people, after.services)
    if known and by != POLICY:
        reason = OwnerReason.HANDED_OVER if by == known.email else OwnerReason.CHOSEN
    else:
        reason = picked.reason if picked.owner.email == owner.email else OwnerReason.CHOSEN
    event = OwnerAssigned(
        postmortem_id=after.id,
        owner=owner,
        previous=known,
        reason=reason,
        assigned_by=by,
        assigned_at=now,
        title=after.title,
        severity=after.severity or guidance.default_severity,
        deadline=deadline,
        restricted=after.restricted,
    )
    return (event,)
