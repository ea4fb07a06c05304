"""Until when a postmortem is to be done. Pure."""

from __future__ import annotations

from datetime import datetime

from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import Postmortem, State
from shared.contracts.skipping import POLICY


def deadline_for(postmortem: Postmortem, guidance: Guidance) -> datetime | None:
    """Return the deadline that follows from severity and owner, counted in the owner's time zone.

    It counts from the end of the incident, or from when a person asked for it after it had been skipped, or took it out
    of another postmortem: nobody could keep the one before. While the incident is open again, and once the first report
    is published, it stays as it is.
    """
    ended = postmortem.incident.resolved_at
    since = [*((ended,) if ended else ()), *_asked_for(postmortem)]
    if postmortem.published or not since or (ended is None and postmortem.deadline):
        return postmortem.deadline
    severity = postmortem.severity or guidance.default_severity
    return guidance.deadline(severity, max(since), postmortem.owner)


def _asked_for(postmortem: Postmortem) -> tuple[datetime, ...]:
    standing = postmortem.standing
    by_person = standing is not None and standing.by != POLICY and postmortem.state is not State.SKIPPED
    apart = (postmortem.apart_at,) if postmortem.apart_at else ()
    return (standing.at, *apart) if standing and by_person else apart
