"""The text in people's hands: revisions, submission, and what others say of it."""

from __future__ import annotations

from datetime import datetime

from services.drafting.domain.checks import brought_in, cleared, shown
from services.drafting.domain.deadlines import deadline_for
from services.drafting.domain.merge import merged_from, staleness
from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import MOVES, Act, Postmortem, State
from services.drafting.domain.printed import heard_late, kept
from services.drafting.domain.sections import held_back
from shared.contracts.commands import Actor, RevisePostmortem, Role, SubmitForReview
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Refusal, Reply, refuse
from shared.contracts.events import ChangesRequested, Published, ReviewApproved, ReviewersAssigned, ReviewRequested
from shared.contracts.verdicts import ApprovalWithdrawn

SKIPPED = Refusal(
    kind=Kind.CONFLICT,
    rule="postmortem-skipped",
    detail="The postmortem is skipped, so its text is left as it is; ask for it first: POST to its `require`.",
)
MERGED = Refusal(
    kind=Kind.CONFLICT,
    rule="merged",
    detail="Its incident is part of another postmortem; change that one, or take it out of it first.",
)
IMPORTED = Refusal(
    kind=Kind.CONFLICT,
    rule="imported",
    detail="The postmortem was imported from a file, and says what that says: change the file and import it again.",
)


def revise(
    postmortem: Postmortem | None, command: RevisePostmortem, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """Make a new revision; a change of nothing is no revision.

    What others have changed since the base stays: a change of the same part is refused, of other parts it is merged.

    Tags and who may see it are no part of the text: a change of these alone keeps the revision and its approvals.
    """
    if postmortem is None or postmortem.state is State.COLLECTING or postmortem.is_hidden_from(command.actor.email):
        return unknown(postmortem)
    if refusal := _objection(postmortem, command):
        return Decision(state=postmortem, reply=Reply(refusal=refusal))
    opened = _open_to(postmortem, command, now)
    changed = _apply(opened, command, guidance)
    if refusal := staleness(postmortem, changed, command) or _held_back(postmortem, opened, changed, guidance):
        return Decision(state=postmortem, reply=Reply(refusal=refusal))
    if changed == postmortem:
        return Decision(state=postmortem, reply=_reply(postmortem))
    onto = merged_from(postmortem, command)
    if changed == opened:
        return Decision(state=opened, events=(opened.say_access(now, command.actor.email),), reply=_reply(opened, onto))
    return new_revision(shown(changed, guidance), command.actor.email, command.note, now, onto)


def new_revision(
    postmortem: Postmortem, by: str, note: str, now: datetime, onto: int | None = None
) -> Decision[Postmortem | None]:
    """Count the text as it stands as the next revision, with one more author; `onto`: the older one it was made on."""
    authors = tuple(dict.fromkeys((*postmortem.authors, by)))
    state = MOVES[postmortem.state, Act.REVISE]
    revised = postmortem.changed(state=state, authors=authors).next_revision(now, by, note)
    return Decision(state=revised, events=(revised.say_revised(),), reply=_reply(revised, onto))


def submit(
    postmortem: Postmortem | None, command: SubmitForReview, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """Ask the community to review the current revision; what should not be in it is removed or justified first."""
    if postmortem is None or postmortem.state is State.COLLECTING or postmortem.is_hidden_from(command.actor.email):
        return unknown(postmortem)
    if off := _off(postmortem):
        return Decision(state=postmortem, reply=Reply(refusal=off))
    state = MOVES.get((postmortem.state, Act.SUBMIT))
    if state is None:
        return refuse(
            postmortem,
            Kind.CONFLICT,
            "already-submitted",
            f"The postmortem is {postmortem.state.value}; only a draft or one with changes requested is submitted.",
        )
    if refusal := held_back(postmortem):
        return Decision(state=postmortem, reply=Reply(refusal=refusal))
    checked = cleared(postmortem, command.justifications, command.actor.email, guidance, now)
    if isinstance(checked, Refusal):
        return Decision(state=postmortem, reply=Reply(refusal=checked))
    submitted = checked.changed(state=state)
    event = submitted.say(ReviewRequested, requested_at=now, requested_by=command.actor.email)
    reply = Reply(data={**_reply(submitted).data, "missing": list(submitted.missing)})
    return Decision(state=submitted, events=(event,), reply=reply)


def hear_reviewers(postmortem: Postmortem | None, event: ReviewersAssigned) -> Decision[Postmortem | None]:
    """Those who were asked last may see it, also when it is restricted."""
    known = postmortem.reviewers_at if postmortem else None
    if postmortem is None or (known and event.assigned_at < known):
        return Decision(state=postmortem)
    reviewers = tuple(reviewer.email for reviewer in event.reviewers)
    return Decision(state=postmortem.changed(reviewers=reviewers, reviewers_at=event.assigned_at))


def hear_approval(postmortem: Postmortem | None, event: ReviewApproved) -> Decision[Postmortem | None]:
    """An approval counts for exactly the revision that it names, until it is withdrawn."""
    if postmortem is None:
        return Decision(state=postmortem)
    is_void = event.approval_round < postmortem.approval_round
    known = postmortem.changed(approval_round=max(event.approval_round, postmortem.approval_round))
    return Decision(state=known) if is_void or event.revision != known.revision else _moved(known, Act.APPROVE)


def hear_approval_withdrawn(postmortem: Postmortem | None, event: ApprovalWithdrawn) -> Decision[Postmortem | None]:
    """A reviewer took an approval back; what was approved in an older round is so no more, whichever comes first."""
    if postmortem is None:
        return Decision(state=postmortem)
    is_old = event.approval_round <= postmortem.approval_round
    known = postmortem.changed(approval_round=max(event.approval_round, postmortem.approval_round))
    return Decision(state=known) if is_old or event.revision != known.revision else _moved(known, Act.UNAPPROVE)


def hear_changes_requested(postmortem: Postmortem | None, event: ChangesRequested) -> Decision[Postmortem | None]:
    """A request for changes sends the text back, also when it was revised meanwhile."""
    if postmortem is None or not postmortem.concerns(event.revision):
        return Decision(state=postmortem)
    return _moved(postmortem, Act.REQUEST_CHANGES)


def hear_published(postmortem: Postmortem | None, event: Published) -> Decision[Postmortem | None]:
    """A published text changes no more here, unless it is corrected."""
    if postmortem is None or not postmortem.concerns(event.revision):
        return Decision(state=postmortem and heard_late(postmortem, event))
    back = postmortem.toggles + (postmortem.state is State.SKIPPED)
    known = kept(postmortem, event).changed(toggles=back)
    return _moved(known, Act.PUBLISH)


def _moved(postmortem: Postmortem, act: Act) -> Decision[Postmortem | None]:
    return Decision(state=postmortem.changed(state=MOVES.get((postmortem.state, act), postmortem.state)))


def unknown(postmortem: Postmortem | None) -> Decision[Postmortem | None]:
    """Refuse in the same words whether there is no draft or nobody may know of it."""
    return Decision(state=postmortem, reply=Reply(refusal=UNKNOWN_POSTMORTEM))


def _off(postmortem: Postmortem) -> Refusal | None:
    """Why nobody works on it: another postmortem is about its incident, there is to be none, or a file has it."""
    if postmortem.imported:
        return IMPORTED
    if postmortem.merged_into:
        return MERGED
    return SKIPPED if postmortem.state is State.SKIPPED else None


def _objection(postmortem: Postmortem, command: RevisePostmortem) -> Refusal | None:
    """The first rule that a revision breaks, or None."""
    off = _off(postmortem)
    if off and (off is MERGED or not _leaves_text_alone(command)):
        return off
    if (postmortem.state, Act.REVISE) not in MOVES and not _leaves_text_alone(command):
        return Refusal(
            kind=Kind.CONFLICT,
            rule="already-published",
            detail="A published postmortem is not edited, but for its tags and readers; "
            "correct its text: POST to its `corrections`.",
        )
    if _changes_readers(postmortem, command) and not _decides_on_readers(postmortem, command.actor):
        return Refusal(
            kind=Kind.FORBIDDEN,
            rule="owner-or-admin-restricts",
            detail=f"Only {postmortem.owner.name if postmortem.owner else 'its owner'}, who owns it, or an admin "
            "decides who may see it, and whose it is while it is restricted.",
        )
    for name in command.sections or {}:
        if name not in postmortem.report:
            known = ", ".join(postmortem.report)
            return Refusal(
                kind=Kind.INVALID,
                rule="unknown-section",
                field=f"sections.{name}",
                detail=f"There is no section {name!r}; the template has {known}.",
            )
    return None


def _held_back(postmortem: Postmortem, opened: Postmortem, changed: Postmortem, guidance: Guidance) -> Refusal | None:
    """Why a text that reviewers have before them does not change like this, or None."""
    if changed == opened or MOVES[changed.state, Act.REVISE] is not State.IN_REVIEW:
        return None
    return brought_in(postmortem, changed, guidance)


def _leaves_text_alone(command: RevisePostmortem) -> bool:
    text = (command.title, command.severity, command.services, command.owner, command.sections)
    access = (command.tags, command.restricted, command.readers)
    return all(value is None for value in text) and any(value is not None for value in access)


def _changes_readers(postmortem: Postmortem, command: RevisePostmortem) -> bool:
    """Whether somebody else may see it afterwards; an owner may see what is restricted, so a new one counts too."""
    opened = _open_to(postmortem, command, None)
    other = (opened.restricted, opened.readers) != (postmortem.restricted, postmortem.readers)
    return other or (postmortem.restricted and command.owner not in (None, postmortem.owner))


def _decides_on_readers(postmortem: Postmortem, actor: Actor) -> bool:
    """The owner does; an admin too: of those who may see it, as everybody who gets here."""
    return actor.role is Role.ADMIN or (postmortem.owner is not None and actor.email == postmortem.owner.email)


def _open_to(postmortem: Postmortem, command: RevisePostmortem, now: datetime | None) -> Postmortem:
    return postmortem.opened_to(
        tags=postmortem.tags if command.tags is None else tuple(dict.fromkeys(command.tags)),
        restricted=postmortem.restricted if command.restricted is None else command.restricted,
        readers=postmortem.readers if command.readers is None else tuple(dict.fromkeys(command.readers)),
        at=now,
        by=command.actor.email,
    )


def _apply(postmortem: Postmortem, command: RevisePostmortem, guidance: Guidance) -> Postmortem:
    report = {**postmortem.report, **(command.sections or {})}
    severity = command.severity or postmortem.severity or guidance.default_severity
    changed = postmortem.changed(
        title=command.title or postmortem.title,
        severity=severity,
        services=postmortem.services if command.services is None else command.services,
        owner=command.owner or postmortem.owner,
        report=report,
        severity_label=postmortem.severity_label
        if severity == postmortem.severity
        else guidance.labels.get(severity, ""),
        missing=guidance.missing(report, postmortem.sections),
    )
    is_same = (changed.severity, changed.owner) == (postmortem.severity, postmortem.owner)
    return changed if is_same else changed.changed(deadline=deadline_for(changed, guidance))


def _reply(postmortem: Postmortem, onto: int | None = None) -> Reply:
    """Say what stands there now, and on which older revision a change was made that was merged with others."""
    found = {
        "revision": postmortem.revision,
        "content_hash": postmortem.content_hash(),
        "status": postmortem.state.value,
    }
    return Reply(data=found if onto is None else {**found, "merged_from": onto})
