"""Corrections: what is published is wrong, so its next revision goes the same way anew. Pure.

The published revision stays as it is; the correction names it (`correction_of`) in each of its revisions. One is open
at a time: it is edited and submitted like a first draft. Its publication closes it, or that it is given up.
"""

from __future__ import annotations

from datetime import datetime

from services.drafting.domain.checks import shown
from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import MOVES, Act, Postmortem, State
from services.drafting.domain.printed import printed
from services.drafting.domain.records import Correction
from services.drafting.domain.text import IMPORTED, new_revision, revise, unknown
from shared.contracts.commands import CorrectPostmortem, RevisePostmortem
from shared.contracts.decision import Decision, Kind, Reply, refuse


def correct(
    postmortem: Postmortem | None, command: CorrectPostmortem, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """Open a correction of the published revision with the changes that come with it, which may be none yet."""
    if postmortem is None or postmortem.state is State.COLLECTING or postmortem.is_hidden_from(command.actor.email):
        return unknown(postmortem)
    if postmortem.imported or (postmortem.state, Act.CORRECT) not in MOVES:
        return _not_now(postmortem)
    opened = _opened(postmortem, command, now)
    decision = revise(opened, _changes(command), guidance, now)
    if decision.reply and decision.reply.refusal:
        return Decision(state=postmortem, reply=Reply(refusal=decision.reply.refusal))
    return (
        decision if decision.events else new_revision(shown(opened, guidance), command.actor.email, command.note, now)
    )


def _not_now(postmortem: Postmortem) -> Decision[Postmortem | None]:
    """Say why nothing can be corrected as it stands."""
    if postmortem.imported:
        return Decision(state=postmortem, reply=Reply(refusal=IMPORTED))
    if postmortem.corrections:
        text = f"A correction of revision {postmortem.correction_of} is open; change that one: PATCH the postmortem."
        return refuse(postmortem, Kind.CONFLICT, "correction-open", text)
    text = f"The postmortem is {postmortem.state.value}; only what is published is corrected, before that it is edited."
    return refuse(postmortem, Kind.CONFLICT, "not-published", text)


def _opened(postmortem: Postmortem, command: CorrectPostmortem, now: datetime) -> Postmortem:
    correction = Correction(
        of=_stands(postmortem),
        since=postmortem.revision + 1,
        note=command.note,
        by=command.actor.email,
        at=now,
        text=printed(postmortem),
    )
    state, corrections = MOVES[postmortem.state, Act.CORRECT], (*postmortem.corrections, correction)
    return postmortem.changed(state=state, corrections=corrections, printed=None)


def _stands(postmortem: Postmortem) -> int:
    """Return what is corrected: what is published, or the revision that put it back, so that each round has its own."""
    given_up = postmortem.corrections[-1].ended if postmortem.corrections else 0
    return max(given_up, postmortem.published or postmortem.revision)  # kept before publications were counted


def _changes(command: CorrectPostmortem) -> RevisePostmortem:
    """Return the changes that come with a correction, as any other change of the text."""
    return RevisePostmortem(
        postmortem_id=command.postmortem_id,
        actor=command.actor,
        base_revision=command.base_revision,
        base_hash=command.base_hash,
        title=command.title,
        severity=command.severity,
        services=command.services,
        sections=command.sections,
        note=command.note,
    )
