"""When the delivery of what was published is over, of a correction and of what it corrects alike. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.distribution.domain.delivery import Counts
from services.distribution.domain.publication import FIRST_CHECK, Publication, deliver
from shared.contracts.decision import Decision
from shared.contracts.events import DeliveryCompleted

LAST_CHECK = timedelta(minutes=10)
ROWS_A_SECOND = 500
"""So many are written at least, also on a slow machine: rows are not missed before they may be there."""


def complete(publication: Publication, postmortem_id: str, counts: Counts, now: datetime) -> Decision[Publication]:
    """Say once that no mail waits any more; until then look again, at longer and longer intervals.

    Rows that are still missing by then are asked for again: the command may have been lost with its queue.
    """
    edition = publication.edition
    if edition is None or publication.completed:
        return Decision(state=publication)
    if counts.waiting or counts.total < edition.size:
        passed = now - edition.published_at
        pause = min(max(passed / 4, FIRST_CHECK), LAST_CHECK)
        is_written = counts.total >= edition.size or passed < timedelta(seconds=edition.size // ROWS_A_SECOND)
        again = () if is_written else (deliver(postmortem_id, edition),)
        return Decision(state=publication, events=again, due=now + pause)
    event = DeliveryCompleted(
        postmortem_id=postmortem_id,
        revision=edition.revision,
        accepted=counts.accepted,
        failed=counts.failed,
        unknown=counts.unknown,
        suppressed=counts.suppressed,
        completed_at=now,
    )
    return Decision(state=publication.changed(completed=True), events=(event,))


def complete_all(
    publication: Publication, postmortem_id: str, counts: Mapping[int, Counts], now: datetime
) -> Decision[Publication]:
    """Say of each published revision that its mails are through; look again while any of these has one that waits."""
    state, parts = publication, []
    for revision, known in counts.items():
        stood = publication.of(revision)
        if stood is None:
            continue
        part = complete(stood, postmortem_id, known, now)
        state = state.settled(revision) if part.state.completed else state
        parts.append(part)
    events = tuple(event for part in parts for event in part.events)
    return Decision(state=state, events=events, due=min((part.due for part in parts if part.due), default=None))
