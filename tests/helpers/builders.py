"""Messages for tests: whole ones, of which a test says only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.action_items import ActionItem
from shared.contracts.base import Owner, Person, Severity, content_hash, derived_id, postmortem_id
from shared.contracts.coaching import Remark
from shared.contracts.commands import Actor, Role
from shared.contracts.events import IncidentReported, Snapshot
from shared.contracts.values import Incident

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOURCE, EXTERNAL_ID = "pagerduty", "Q2HJ7K"
PM = postmortem_id(SOURCE, EXTERNAL_ID)
REPORT = {"overview": "Checkout answered slowly.\n", "what_happened": "Connections ran out.\n"}


def an_incident_event(kind: str = "opened", **fields: Any) -> IncidentReported:
    """Build an incident event; an opened one has a title."""
    given = {
        "source": SOURCE,
        "external_id": EXTERNAL_ID,
        "kind": kind,
        "occurred_at": NOW,
        "title": "Checkout answers slowly" if kind == "opened" else None,
    }
    return IncidentReported.model_validate(given | fields)


def a_snapshot(**fields: Any) -> dict[str, Any]:
    """Return the fields of a whole revision, with a content hash that is true."""
    given: dict[str, Any] = {
        "postmortem_id": PM,
        "revision": 1,
        "title": "Checkout answers slowly",
        "severity": Severity.SEV2,
        "services": ("checkout",),
        "owner": Owner(name="Olga Owner", email="owner@example.com"),
        "people": (Person(name="Rita Responder", email="responder@example.com", role="responder"),),
        "deadline": NOW + timedelta(days=5),
        "report": REPORT,
        "incident": Incident(
            source=SOURCE,
            external_id=EXTERNAL_ID,
            started_at=NOW - timedelta(hours=2),
            resolved_at=NOW - timedelta(hours=1),
        ),
    } | fields
    given.setdefault(
        "content_hash", content_hash(given["title"], given["severity"], given["services"], given["report"])
    )
    return given


def a_draft(event: type[Snapshot], **fields: Any) -> Any:
    """Build an event that carries a whole revision."""
    return event(**a_snapshot(**fields))


def an_item(**fields: Any) -> ActionItem:
    """Build an action item."""
    given = {
        "id": derived_id("item"),
        "version": 1,
        "text": "Set the size of the pool ourselves",
        "owner": Owner(name="Ada Moreno", email="ada@example.com"),
        "priority": "p1",
        "kind": "prevent",
        "due": NOW + timedelta(days=30),
        "state": "open",
        "created_at": NOW,
        "created_by": "chen@example.com",
        "updated_at": NOW,
    }
    return ActionItem.model_validate(given | fields)


def a_remark(**fields: Any) -> Remark:
    """Build a remark of coaching, on a whole line."""
    given = {
        "id": "5b2c8f0d91a7e364",
        "section": "overview",
        "line": 1,
        "column": 1,
        "end_line": 1,
        "end_column": 12,
        "words": "should have",
        "rule": "should-have",
        "family": "counterfactual",
        "severity": "warning",
        "message": "This tells what did not happen.",
        "bias": "hindsight bias",
        "why": "What was not done explains nothing.",
        "rewrite": "At that time …",
    }
    return Remark.model_validate(given | fields)


def an_actor(email: str = "somebody@example.com", role: Role = Role.ENGINEER) -> Actor:
    """Build a caller."""
    return Actor(name=email.partition("@")[0].title(), email=email, role=role)
