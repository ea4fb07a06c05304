"""Corrections that are given up: what is published stands again, as a new revision that asks nobody. Pure.

An approval may be on its way meanwhile, and with it the correction's publication: then that is what is published.
"""

from __future__ import annotations

from datetime import datetime

from services.drafting.domain.checks import shown
from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import MOVES, Act, Postmortem, State
from services.drafting.domain.printed import kept, text_of
from services.drafting.domain.records import PublishedText
from services.drafting.domain.text import hear_published, unknown
from shared.contracts.commands import Actor, Role
from shared.contracts.decision import Decision, Kind, Refusal, Reply
from shared.contracts.events import Published
from shared.contracts.skipping import POLICY
from shared.contracts.withdrawing import CorrectionWithdrawn, WithdrawCorrection

WITHDRAWN = "correction withdrawn"
OVERTAKEN = "published before it was withdrawn"


def withdraw(
    postmortem: Postmortem | None, command: WithdrawCorrection, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """Give up the correction that is open: whoever opened it does, the owner or an admin."""
    if postmortem is None or postmortem.state is State.COLLECTING or postmortem.is_hidden_from(command.actor.email):
        return unknown(postmortem)
    text = postmortem.corrections[-1].text if postmortem.corrections else None
    refusal = _objection(postmortem, command)
    if refusal or text is None:
        return Decision(state=postmortem, reply=Reply(refusal=refusal or _not_kept(postmortem)))
    given_up = postmortem.changed(state=MOVES[postmortem.state, Act.WITHDRAW])
    back = _put_back(given_up, text, guidance).next_revision(now, command.actor.email, WITHDRAWN)
    event = back.say(CorrectionWithdrawn, withdrawn_by=command.actor.email, withdrawn_at=now)
    reply = Reply(data={"revision": back.revision, "content_hash": back.content_hash(), "status": back.state.value})
    return Decision(state=back, events=(event,), reply=reply)


def hear_overtaking(postmortem: Postmortem | None, event: Published, guidance: Guidance) -> Decision[Postmortem | None]:
    """Hear of a publication; if that is of what was given up, its text is put back in turn."""
    if postmortem is None or not _was_given_up(postmortem, event):
        return hear_published(postmortem, event)
    known = kept(postmortem, event)
    back = _put_back(known, text_of(event), guidance).next_revision(event.published_at, POLICY, OVERTAKEN)
    return Decision(state=back, events=(back.say_revised(),))


def _was_given_up(postmortem: Postmortem, event: Published) -> bool:
    """Say whether none is open, and what is published now was given up, even if another one was since."""
    last = postmortem.corrections[-1] if postmortem.corrections else None
    return last is not None and postmortem.published < event.revision < last.ended


def _put_back(postmortem: Postmortem, text: PublishedText, guidance: Guidance) -> Postmortem:
    """Return it with the text that is published, as the next revision will have it, and its last correction ended."""
    ended = postmortem.corrections[-1].model_copy(update={"text": None, "ended": postmortem.revision + 1})
    back = postmortem.changed(
        **dict(text),
        missing=guidance.missing(text.report, postmortem.sections),
        corrections=(*postmortem.corrections[:-1], ended),
        printed=None,
    )
    return shown(back, guidance)


def _objection(postmortem: Postmortem, command: WithdrawCorrection) -> Refusal | None:
    """The first rule that a withdrawal breaks, or None."""
    if not _is_open(postmortem):
        text = "No correction of this postmortem is open, so there is nothing to withdraw."
        return Refusal(kind=Kind.CONFLICT, rule="no-correction-open", detail=text)
    if not _may_withdraw(postmortem, command.actor):
        text = f"Only {postmortem.corrections[-1].by}, who opened the correction, the owner or an admin withdraws it."
        return Refusal(kind=Kind.FORBIDDEN, rule="own-correction-only", detail=text)
    if (postmortem.state, Act.WITHDRAW) not in MOVES:
        text = "The correction is approved and goes out; correct what is wrong with it: POST to `corrections`."
        return Refusal(kind=Kind.CONFLICT, rule="correction-approved", detail=text)
    return None if _is_seen(postmortem, command) else _stale(postmortem)


def _is_open(postmortem: Postmortem) -> bool:
    last = postmortem.corrections[-1] if postmortem.corrections else None
    return last is not None and not last.ended and postmortem.state is not State.PUBLISHED


def _may_withdraw(postmortem: Postmortem, actor: Actor) -> bool:
    owner = {postmortem.owner.email} if postmortem.owner else set[str]()
    return actor.role is Role.ADMIN or actor.email in owner | {postmortem.corrections[-1].by}


def _is_seen(postmortem: Postmortem, command: WithdrawCorrection) -> bool:
    """Say whether what would be given up is what was read."""
    if command.base_revision is None:
        return True
    is_current = command.base_revision == postmortem.revision
    return is_current and postmortem.content_hash().startswith(command.base_hash)


def _stale(postmortem: Postmortem) -> Refusal:
    return Refusal(
        kind=Kind.STALE,
        rule="stale-revision",
        field="If-Match",
        detail=f"The current revision is {postmortem.revision}; read what would be given up, and withdraw that.",
        data={"revision": postmortem.revision, "content_hash": postmortem.content_hash()},
    )


def _not_kept(postmortem: Postmortem) -> Refusal:
    return Refusal(
        kind=Kind.CONFLICT,
        rule="published-text-not-kept",
        detail=f"This correction was opened before what is published was kept. Put the text of revision "
        f"{postmortem.published or postmortem.correction_of} back by PATCH (`revisions` has it) and submit that.",
    )
