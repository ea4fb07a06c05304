"""The timestamps that an organisation keeps of its incidents in incident.io, as far as we know them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.gateway.domain.sources.reading import Happened, Lenient, line

NAMES = {
    "impact started": "impact_started_at",
    "impact started at": "impact_started_at",
    "impact ended": "impact_ended_at",
    "impact ended at": "impact_ended_at",
    "mitigated": "mitigated_at",
    "mitigated at": "mitigated_at",
    "fixed at": "mitigated_at",
}
"""By their names, which an organisation may change; `Fixed at` is when only watching was left to do."""


class _Name(Lenient):
    name: str | None = None


class _Value(Lenient):
    value: Happened | None = None


class Timestamp(Lenient):
    """One timestamp of an incident; without a value nobody has set it."""

    incident_timestamp: _Name | None = None
    value: _Value | None = None


def moments(timestamps: Iterable[Timestamp]) -> dict[str, datetime]:
    """Return those that we have a word for, by that word."""
    found = dict[str, datetime]()
    for each in timestamps:
        name = NAMES.get((line(each.incident_timestamp.name) or "").lower()) if each.incident_timestamp else None
        if name and each.value and each.value.value:
            found.setdefault(name, each.value.value)
    return found
