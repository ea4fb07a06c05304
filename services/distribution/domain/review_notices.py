"""Of what review tells one person: what it continues, and when it is no longer true. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.distribution.domain.asked import OF_REVIEWERS
from services.distribution.domain.publication import Publication
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind

UNTITLED = frozenset({ReviewNoticeKind.REVIEWERS_WANTED, ReviewNoticeKind.REVIEW_ESCALATED})
"""Of a restricted postmortem admins are told that its review needs them, and not what it is called."""
ENTRUSTED = frozenset({*OF_REVIEWERS, ReviewNoticeKind.REVIEW_PASSED_ON, *UNTITLED})
"""What review says to whom it has asked itself, or without a title: they need not be named elsewhere."""
ENDS_WITH_APPROVAL = frozenset(ReviewNoticeKind) - {ReviewNoticeKind.COACHING, ReviewNoticeKind.REVIEW_PASSED_ON}
REPEATED = frozenset(
    {ReviewNoticeKind.REVIEW_DUE, ReviewNoticeKind.REVIEW_LATE, ReviewNoticeKind.SUBMIT_DUE, ReviewNoticeKind.COACHING}
)
"""What another mail will say soon, or nobody needs to hear any more; all else is said once and tried for longer."""
BEFORE = frozenset({ReviewNoticeKind.REVIEW_DUE, ReviewNoticeKind.SUBMIT_DUE})
LASTS = timedelta(days=1)


def continued(publication: Publication, fact: ReviewNotice) -> str | None:
    """Return the fact whose mail a notice continues: the one that asked this reviewer, or gave it to its owner."""
    email = fact.recipient.email
    if fact.kind in OF_REVIEWERS or fact.kind is ReviewNoticeKind.REVIEW_PASSED_ON:
        return publication.asked.thread(email)
    given = publication.told.of(email)
    return given.fact if given else None


def why_not_reviewing(fact: ReviewNotice, publication: Publication, now: datetime) -> str | None:
    """Say why a notice is not to be mailed any more, or None when it is as true as it was."""
    edition = publication.edition
    if edition is not None and edition.published_at >= fact.at:
        return "it is published"
    if publication.asked.is_anothers(fact):
        return "somebody else reviews it since"
    return _overtaken(fact, publication) or _too_late(fact, now)


def _overtaken(fact: ReviewNotice, publication: Publication) -> str | None:
    """Nobody is asked for what is approved, and nobody is coached about a text that has changed since."""
    approved = publication.publishable()
    if fact.kind in ENDS_WITH_APPROVAL and approved and approved.revision >= fact.revision:
        return "it is approved"
    if fact.kind is ReviewNoticeKind.COACHING and publication.newest_revision > fact.revision:
        return "the text has changed since"
    return None


def _too_late(fact: ReviewNotice, now: datetime) -> str | None:
    if fact.kind in REPEATED and now - fact.at > LASTS:
        return "given up after a day"
    if fact.kind in BEFORE and fact.due and fact.at < fact.due <= now:
        return "its due time has passed"
    return None
