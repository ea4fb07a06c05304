"""Action items as distribution knows them, and when a postmortem is closed by their being filed. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.distribution.domain.publication import Publication, Terms, waiting
from shared.contracts.action_items import ActionItem, ItemState
from shared.contracts.closing import PostmortemClosed
from shared.contracts.decision import Decision
from shared.contracts.events import ActionItemAdded

SETTLED = frozenset({ItemState.DONE, ItemState.WONT_DO})


def hear_item(
    publication: Publication | None, event: ActionItemAdded, terms: Terms, now: datetime
) -> Decision[Publication]:
    """Keep an action item as its highest version has it; the last one that is filed closes the postmortem."""
    known, item = publication or Publication(), event.item
    before = known.items.get(item.id)
    if before is None or before.version < item.version:
        known = known.changed(items={**known.items, item.id: item.model_copy(update={"advice": ()})})
    return close_when_filed(waiting(known, terms, now), event.postmortem_id, now)


def close_when_filed(decision: Decision[Publication], postmortem_id: str, now: datetime) -> Decision[Publication]:
    """Say once that a report is out, that its mails are through, and that all that follows from it is filed.

    A postmortem without action items stays published: that nothing is left to be done is not known of it.
    """
    publication = decision.state
    edition, items = publication.edition, publication.items.values()
    if publication.closed_at or edition is None or not publication.completed or not items:
        return decision
    if not all(is_filed(item) for item in items):
        return decision
    event = PostmortemClosed(postmortem_id=postmortem_id, revision=edition.revision, items=len(items), closed_at=now)
    return replace(decision, state=publication.changed(closed_at=now), events=(*decision.events, event))


def is_filed(item: ActionItem) -> bool:
    """Say whether an item has its place in a tracker, or needs none any more."""
    return item.tracker_url is not None or item.state in SETTLED
