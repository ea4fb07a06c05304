"""How long everything took: computed from what was told, never invented. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.events import IncidentReported
from shared.contracts.impact import IncidentDurations
from shared.contracts.values import IncidentKind

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moments:
    """What is known of one incident; None is not known, or not reached (again) yet."""

    impact_started_at: datetime | None
    detected_at: datetime | None
    acknowledged_at: datetime | None
    mitigated_at: datetime | None
    resolved_at: datetime | None
    impact_ended_at: datetime | None
    reopened: int


def durations(stories: Iterable[Sequence[IncidentReported]]) -> IncidentDurations:
    """Return what the events tell of how long it took; each story is one incident, in the order of what happened."""
    known = [moments(story) for story in stories if story]
    start = _first(each.impact_started_at for each in known)
    detected = _first(each.detected_at for each in known)
    acknowledged = _first(each.acknowledged_at for each in known)
    mitigated = _last_of_all([each.mitigated_at for each in known])
    resolved = _last_of_all([each.resolved_at for each in known])
    end = _last_of_all([each.impact_ended_at for each in known if each.impact_started_at or each.impact_ended_at])
    return IncidentDurations(
        impact_started_at=start,
        detected_at=detected,
        acknowledged_at=acknowledged,
        mitigated_at=mitigated,
        resolved_at=resolved,
        impact_ended_at=end,
        reopened=sum(each.reopened for each in known),
        time_to_detect_s=_between(start, detected),
        time_to_acknowledge_s=_between(detected, acknowledged),
        time_to_mitigate_s=_between(detected, mitigated),
        time_to_resolve_s=_between(detected, resolved),
        impact_s=_between(start, end),
    )


def moments(story: Sequence[IncidentReported]) -> Moments:
    """Return the moments of one incident. What was reached before it came back is not reached any more."""
    back = max((event.occurred_at for event in story if event.kind is IncidentKind.REOPENED), default=None)
    return Moments(
        impact_started_at=_latest_word(event.impact_started_at for event in story),
        detected_at=_first(_of_kind(story, IncidentKind.OPENED)),
        acknowledged_at=_first(_of_kind(story, IncidentKind.ACKNOWLEDGED)),
        mitigated_at=_since(back, _latest_word(event.mitigated_at for event in story)),
        resolved_at=resolved_at(story),
        impact_ended_at=_since(back, _latest_word(event.impact_ended_at for event in story)),
        reopened=sum(1 for _ in _of_kind(story, IncidentKind.REOPENED)),
    )


def resolved_at(story: Iterable[IncidentReported]) -> datetime | None:
    """Return when an incident ended, unless it was reopened since."""
    resolved = None
    for event in story:
        if event.kind is IncidentKind.RESOLVED:
            resolved = event.occurred_at
        elif event.kind is IncidentKind.REOPENED:
            resolved = None
    return resolved


def _of_kind(story: Iterable[IncidentReported], kind: IncidentKind) -> Iterable[datetime]:
    return (event.occurred_at for event in story if event.kind is kind)


def _since(back: datetime | None, moment: datetime | None) -> datetime | None:
    """The moment, if it is not from before the incident came back."""
    return None if back and moment and moment < back else moment


def _latest_word(told: Iterable[datetime | None]) -> datetime | None:
    """What the latest event says that says something: tools correct these moments."""
    return next((moment for moment in reversed(list(told)) if moment), None)


def _first(told: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in told if moment), default=None)


def _last_of_all(told: Sequence[datetime | None]) -> datetime | None:
    """The last of these, known only when all are."""
    known = [moment for moment in told if moment]
    return max(known) if known and len(known) == len(told) else None


def _between(start: datetime | None, end: datetime | None) -> int | None:
    """Whole seconds; None when a moment is not known, or both are in the wrong order, as by clocks that differ."""
    return None if start is None or end is None or end < start else (end - start) // SECOND
