"""What the owner is told when changes are asked for. Pure."""

from __future__ import annotations

from shared.contracts.events import ChangesRequested, Snapshot
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind


def changes_notice(draft: Snapshot, event: ChangesRequested) -> ReviewNotice:
    """Return the mail to the owner: changes are asked for, in which sections, by whom."""
    names = {comment.section for comment in event.comments}
    return ReviewNotice(
        postmortem_id=draft.postmortem_id,
        kind=ReviewNoticeKind.CHANGES_REQUESTED,
        recipient=draft.owner,
        title=draft.title,
        severity=draft.severity,
        revision=event.revision,
        why=(f"{event.reviewer.name} asks for changes to it.",),
        sections=tuple(section.title for section in draft.described() if section.name in names),
        at=event.at,
        restricted=draft.restricted,
    )
