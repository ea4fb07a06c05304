"""Who may say that a report is published now, and when that is too early to decide. Pure."""

from __future__ import annotations

from datetime import datetime

from services.distribution.domain.publication import Publication, Terms, order, release
from shared.contracts.commands import PublishPostmortem, Role
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Refusal, Reply


def is_too_early(publication: Publication | None, command: PublishPostmortem) -> bool:
    """Say whether the approval that the caller has seen is still on its way here, and nothing newer is known."""
    seen, known = command.approved_revision or 0, publication or Publication()
    approved = order(known.approved) if known.approved else (0, 0)
    is_on_its_way = approved < (seen, command.approved_round) and known.approval_round <= command.approved_round
    return known.edition is None and is_on_its_way and known.newest_revision <= seen


def publish(
    publication: Publication | None, command: PublishPostmortem, terms: Terms, now: datetime
) -> Decision[Publication | None]:
    """Publish now. Only the owner or an admin may, and only an approved revision."""
    refusal = _objection(publication, command)
    approved = publication.publishable() if publication else None
    if refusal or publication is None or approved is None:
        return Decision(state=publication, reply=Reply(refusal=refusal))
    decision = release(publication, approved, terms, now)
    return Decision(
        state=decision.state,
        events=decision.events,
        due=decision.due,
        reply=Reply(data={"revision": approved.revision, "content_hash": approved.content_hash}),
    )


def _objection(publication: Publication | None, command: PublishPostmortem) -> Refusal | None:
    """The first rule that publishing breaks, or None."""
    approved = publication.publishable() if publication else None
    if publication and not publication.circle.sees(command.actor.email):
        return UNKNOWN_POSTMORTEM
    if publication and publication.edition:
        return _refusal(
            Kind.CONFLICT, "already-published", f"Revision {publication.edition.revision} is published already."
        )
    if approved is None:
        return _refusal(
            Kind.CONFLICT,
            "not-approved",
            "There is no approved revision of this postmortem: submit it, and "
            "let its reviewers approve the current revision.",
        )
    if command.actor.role is not Role.ADMIN and command.actor.email != approved.owner.email:
        return _refusal(
            Kind.FORBIDDEN,
            "owner-or-admin-publishes",
            f"Only {approved.owner.name}, who owns it, or an admin may publish it.",
        )
    return None


def _refusal(kind: Kind, rule: str, detail: str) -> Refusal:
    return Refusal(kind=kind, rule=rule, detail=detail)
