"""Several incidents in one postmortem, and apart again. Pure.

Two documents and no transaction over both: the postmortem that an incident began with alone decides whether it is
merged (`merged_into`) and counts how often that changed (`merges`); what it tells the one that takes it carries the
count. So the later word counts there, whichever comes first and however often. One that cannot take it declines, and
the incident goes on in its own postmortem.
"""

from __future__ import annotations

from datetime import datetime

from services.drafting.domain.bounds import fits, no_place
from services.drafting.domain.deadlines import deadline_for
from services.drafting.domain.incident import gather, is_untouched, learned, opening, written
from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import Postmortem, State
from services.drafting.domain.records import Taken
from services.drafting.domain.skipping import still_passed_over
from services.drafting.domain.text import SKIPPED, hear_published, unknown
from services.drafting.domain.timeline import hearing
from shared.contracts.base import Message
from shared.contracts.decision import Decision, Kind, Refusal, Reply
from shared.contracts.events import Published
from shared.contracts.merging import (
    DeclineIncident,
    GiveIncidentBack,
    MergeIncident,
    PostmortemMerged,
    TakeIncident,
    UnmergeIncident,
)

MOST_TAKEN = 50
"""How many incidents of others one postmortem has; more is no story that anybody reads."""
OPEN = frozenset({State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED})
"""Where a postmortem may stand that takes another one's incident."""


def merge(postmortem: Postmortem | None, command: MergeIncident, now: datetime) -> Decision[Postmortem | None]:
    """Put our incident into another postmortem: our own text waits, its review is over. The same again is no change.

    What the policy has passed over joins another one like any other; what people have skipped is asked for first.
    """
    if postmortem is None or postmortem.is_hidden_from(command.actor.email):
        return unknown(postmortem)
    if postmortem.merged_into == command.into:
        return Decision(state=postmortem, reply=_reply(postmortem))
    if refusal := _objection(postmortem, command):
        return Decision(state=postmortem, reply=Reply(refusal=refusal))
    merged = postmortem.changed(
        state=postmortem.state if postmortem.is_unopened else State.DRAFT,
        merged_into=command.into,
        merges=postmortem.merges + 1,
        opens_at=None,
    )
    events: tuple[Message, ...] = (*merged.handed(merged.heard), *_off(merged, command, now))
    return Decision(state=merged, events=events, reply=_reply(merged))


def unmerge(
    postmortem: Postmortem | None, command: UnmergeIncident, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """Take our incident out of the other postmortem; our own draft goes on."""
    if postmortem is None or postmortem.is_hidden_from(command.actor.email):
        return unknown(postmortem)
    if postmortem.merged_into != command.out_of:
        text = "This incident is no part of that postmortem; `incidents` of a postmortem has those that are."
        refusal = Refusal(kind=Kind.CONFLICT, rule="not-merged", detail=text)
        return Decision(state=postmortem, reply=Reply(refusal=refusal))
    apart = postmortem.changed(apart_at=now)
    return _apart(apart, command.actor.email, "taken out of the other postmortem again", guidance, now)


def hear_decline(
    postmortem: Postmortem | None, command: DeclineIncident, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """The other one cannot take it: our own draft goes on. What was decided since stays."""
    if postmortem is None or postmortem.merged_into is None or postmortem.merges != command.number:
        return Decision(state=postmortem)
    note = f"not merged: {command.reason}"
    return _apart(postmortem, "afterword", note, guidance, now)


def publish_apart(postmortem: Postmortem, event: Published) -> Decision[Postmortem | None]:
    """What was published before it was known to be merged is published: it is apart again."""
    apart = postmortem.changed(merged_into=None, merges=postmortem.merges + 1)
    return Decision(state=hear_published(apart, event).state, events=_given_back(postmortem, apart))


def take(postmortem: Postmortem, command: TakeIncident, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """Take in what is told of a merged incident: what was said under an older number is void, the same adds up."""
    known = next((taken for taken in postmortem.taken if taken.id == command.merged_id), None)
    if known and command.number < known.number:
        return Decision(state=postmortem)
    is_new = known is None or known.number != command.number
    if is_new and (reason := _unable(postmortem, command)):
        decline = DeclineIncident(postmortem_id=command.merged_id, number=command.number, reason=reason)
        return Decision(state=postmortem, events=(decline,))
    before = known if known and not is_new else Taken(id=command.merged_id, number=command.number)
    heard = hearing(before.heard, ((told.id, told.event) for told in command.events))
    taken = before.model_copy(update={"heard": heard, "private": before.private or command.private})
    return _with(postmortem, _closed(postmortem, before, taken), taken, guidance, now)


def overflow(postmortem: Postmortem, command: TakeIncident) -> str | None:
    """Say why what is told later of an incident that is here finds no place beside the rest; None when it does."""
    known = next((taken for taken in postmortem.taken if taken.id == command.merged_id), None)
    if known is None or known.number != command.number:
        return None
    here = {heard.id for heard in known.heard}
    return no_place(postmortem, (told.event for told in command.events if told.id not in here))


def _closed(postmortem: Postmortem, before: Taken, taken: Taken) -> Postmortem:
    """What is restricted closes what is about it, once: what people have opened since stays open."""
    if taken.private == before.private:
        return postmortem
    return postmortem.opened_to(tags=postmortem.tags, restricted=True, readers=postmortem.readers)


def give_back(
    postmortem: Postmortem, command: GiveIncidentBack, guidance: Guidance, now: datetime
) -> Decision[Postmortem]:
    """Let go of an incident; that it is apart is kept, so that what was said before and comes later changes nothing."""
    known = next((taken for taken in postmortem.taken if taken.id == command.merged_id), None)
    if known and command.number <= known.number:
        return Decision(state=postmortem)
    return _with(postmortem, postmortem, Taken(id=command.merged_id, number=command.number), guidance, now)


def _objection(postmortem: Postmortem, command: MergeIncident) -> Refusal | None:
    """The first rule that a merge breaks, or None."""
    rules = (
        (
            command.into == postmortem.id,
            "merged-into-itself",
            "A postmortem is about its own incident already; name another one.",
        ),
        (
            postmortem.merged_into is not None,
            "already-merged",
            "This incident is part of another postmortem; take it out of that one first.",
        ),
        (
            any(taken.is_here for taken in postmortem.taken),
            "has-merged-incidents",
            "This postmortem is about several incidents itself; take them out first, or merge the other way round.",
        ),
        (
            postmortem.state is State.SKIPPED and not postmortem.is_unopened,
            SKIPPED.rule,
            "People have skipped this postmortem, with a reason that stands; ask for it first: POST to its `require`.",
        ),
        (
            postmortem.state in (State.APPROVED, State.PUBLISHED) or postmortem.published > 0,
            "approved-or-published",
            "What is approved or published stays a postmortem of its own; merge the other one into it, or link to it.",
        ),
        (
            postmortem.restricted,
            "restricted-stays-alone",
            "A restricted postmortem is not merged: others would see what it is about. Its owner may open it first.",
        ),
    )
    return next((Refusal(kind=Kind.CONFLICT, rule=rule, detail=text) for broken, rule, text in rules if broken), None)


def _unable(postmortem: Postmortem, command: TakeIncident) -> str | None:
    """Why a postmortem cannot take an incident, in words for the one that it comes from; None when it can."""
    others = [taken for taken in postmortem.taken if taken.is_here and taken.id != command.merged_id]
    reasons = (
        (_takes_none(postmortem), "the other postmortem takes no more incidents"),
        (len(others) >= MOST_TAKEN, f"the other postmortem has {MOST_TAKEN} incidents, which is the most"),
        (not fits(postmortem, (told.event for told in command.events)), "together they tell more than one can hold"),
    )
    return next((reason for is_so, reason in reasons if is_so), None)


def _takes_none(postmortem: Postmortem) -> bool:
    """Which of these it is says too much to those who may not see it."""
    return postmortem.restricted or postmortem.merged_into is not None or postmortem.state not in OPEN


def _with(
    before: Postmortem, after: Postmortem, taken: Taken, guidance: Guidance, now: datetime
) -> Decision[Postmortem]:
    """Return what it is with this instead of what it knew of that incident."""
    others = tuple(each for each in after.taken if each.id != taken.id)
    was_here = {each.id: each.number for each in before.taken if each.is_here}.get(taken.id)
    news = was_here != (taken.number if taken.is_here else None)
    together = tuple(sorted((*others, taken), key=lambda each: each.id))
    after = after.changed(taken=together, gathered=after.gathered + news)
    if after == before or not after.heard:
        return Decision(state=after)
    known = gather(after, guidance)
    if known.is_unopened:
        return Decision(state=known)
    return learned(before, known, guidance, now)


def _apart(
    postmortem: Postmortem, by: str, note: str, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """Go on by itself; what others know of has a new revision, so that no word about an older one counts for it."""
    after = postmortem.changed(merged_into=None, merges=postmortem.merges + 1)
    again = _going_on(after, by, note, guidance, now)
    events = (*_given_back(postmortem, after), *again.events)
    return Decision(state=again.state, events=events, reply=_reply(again.state))


def _going_on(after: Postmortem, by: str, note: str, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """Return it as it was: as a draft, or waiting for the decision whether there is one, if it was still to come."""
    if after.is_unopened:
        waiting = after.changed(opens_at=opening(after, guidance, now))
        standing = after.standing if after.state is State.SKIPPED else None
        return still_passed_over(waiting, standing, by, note, now) if standing else Decision(state=waiting)
    draft = written(after, guidance) if is_untouched(after) else after
    again = draft.changed(deadline=deadline_for(draft, guidance)).next_revision(now, by, note)
    return Decision(state=again, events=(again.say_revised(),))


def _given_back(before: Postmortem, after: Postmortem) -> tuple[GiveIncidentBack, ...]:
    if before.merged_into is None:
        return ()
    return (GiveIncidentBack(postmortem_id=before.merged_into, merged_id=after.id, number=after.merges),)


def _off(merged: Postmortem, command: MergeIncident, now: datetime) -> tuple[PostmortemMerged, ...]:
    """Tell the other rooms; none of them knows of a postmortem that has no draft yet."""
    if merged.merged_into is None or not merged.revision:
        return ()
    return (
        PostmortemMerged(
            postmortem_id=merged.id,
            into=merged.merged_into,
            revision=merged.revision,
            merged_at=now,
            merged_by=command.actor.email,
        ),
    )


def _reply(postmortem: Postmortem) -> Reply:
    return Reply(data={"merged_into": postmortem.merged_into, "title": postmortem.title})
