"""Made-up incidents by which a template is tried out: one of which much is known, one of which nearly nothing is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.drafting.domain import Facts
from shared.contracts.base import Person, Severity
from shared.contracts.values import Incident, IncidentKind, TimelineEntry

_BEGAN = datetime(2026, 3, 2, 10, 2, tzinfo=UTC)
_PAGE = "https://tool.example.com/incidents/INC-42"


def _entry(minutes: int, kind: IncidentKind, text: str, who: str | None = None) -> TimelineEntry:
    return TimelineEntry(
        id=f"sample-{minutes}",
        at=_BEGAN + timedelta(minutes=minutes),
        text=text,
        kind=kind,
        who=who,
        evidence_url=_PAGE,
        source="sample-tool",
    )


MUCH = Facts(
    title="Checkout answers slowly",
    severity=Severity.SEV1,
    services=("checkout", "payments"),
    summary="The database refuses new connections.",
    incident=Incident(
        source="sample-tool",
        external_id="INC-42",
        url=_PAGE,
        started_at=_BEGAN,
        resolved_at=_BEGAN + timedelta(minutes=46),
    ),
    people=(
        Person(name="Sample Person", email="sample@example.com", role="incident_commander"),
        Person(name="Another Person", role="responder"),
    ),
    timeline=(
        _entry(0, IncidentKind.OPENED, "Incident opened: Checkout answers slowly"),
        _entry(2, IncidentKind.ACKNOWLEDGED, "Incident acknowledged", "Another Person"),
        _entry(9, IncidentKind.NOTE, "Pool | exhausted", "Sample Person"),
        _entry(46, IncidentKind.RESOLVED, "Incident resolved", "Sample Person"),
    ),
)
LITTLE = Facts(
    title="Incident INC-43",
    severity=Severity.SEV3,
    services=(),
    summary="",
    incident=Incident(source="sample-tool", external_id="INC-43"),
    people=(),
    timeline=(),
)
SAMPLES = (MUCH, LITTLE)
