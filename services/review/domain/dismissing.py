"""What people say of a remark: that it is not for this text, or that it is after all. Pure."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.checking import told_of
from services.review.domain.coached import Coached
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from shared.contracts.coaching import Dismissal, DismissRemark, RemarkSeverity, RestoreRemark
from shared.contracts.commands import Verdict
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Refusal, Reply, refuse

UNKNOWN = "Nothing of this id is remarked on the current revision; its remarks are listed under `remarks`."


def dismiss_remark(review: Review | None, command: DismissRemark, now: datetime) -> Decision[Review | None]:
    """Take a reason for which a remark does not count; the same one again changes nothing."""
    if review is None or not _sees(review, command.actor.email):
        return Decision(state=review, reply=Reply(refusal=UNKNOWN_POSTMORTEM))
    coached = review.coached
    if coached.find(command.remark) is None:
        return refuse(review, Kind.NOT_FOUND, "unknown-remark", UNKNOWN)
    known = coached.dismissals.get(command.remark)
    if known and known.reason == command.reason:
        return Decision(state=review, reply=Reply())
    dismissal = Dismissal(by=command.actor.email, at=now, reason=command.reason)
    return _told(review, coached.dismissing(command.remark, dismissal), now)


def restore_remark(review: Review | None, command: RestoreRemark, now: datetime) -> Decision[Review | None]:
    """Let a remark count again; one that counts is left as it is."""
    if review is None or not _sees(review, command.actor.email):
        return Decision(state=review, reply=Reply(refusal=UNKNOWN_POSTMORTEM))
    coached = review.coached
    if command.remark in coached.dismissals:
        return _told(review, coached.restoring(command.remark), now)
    if coached.find(command.remark) is None:
        return refuse(review, Kind.NOT_FOUND, "unknown-remark", UNKNOWN)
    return Decision(state=review, reply=Reply())


def held_back(review: Review, verdict: Verdict, practice: Practice) -> Refusal | None:
    """Return why a revision cannot be approved: the policy wants its errors written anew, or dismissed, first."""
    errors = review.coached.standing(RemarkSeverity.ERROR)
    is_current = review.coached.revision == review.draft.revision
    if not (practice.coaching.block and errors and is_current and verdict is Verdict.APPROVE):
        return None
    first = errors[0]
    detail = (
        f"{first.section}, line {first.line}: {first.message} {len(errors)} of such weight in all; the policy wants"
        " them written otherwise, or dismissed with a reason, before an approval."
    )
    return Refusal(kind=Kind.CONFLICT, rule="open-errors", detail=detail, field=f"sections.{first.section}")


def _told(review: Review, coached: Coached, now: datetime) -> Decision[Review | None]:
    changed = review.changed(coached=coached.changed(version=coached.version + 1))
    return Decision(state=changed, events=(told_of(changed, now),), reply=Reply())


def _sees(review: Review, email: str) -> bool:
    """Say whether somebody may know of it: for a restricted one as with every verdict."""
    asked = {reviewer.email for reviewer in review.reviewers}
    return not review.draft.restricted or email in review.draft.named() | asked
