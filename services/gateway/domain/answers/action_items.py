"""Action items as the API answers them. Pure; names and shapes are the API's promise."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from pydantic import BaseModel, Field

from services.gateway.domain.answers.shapes import example
from shared.contracts import action_items
from shared.contracts.values import Incident

ASKED: dict[str, Any] = {
    "text": "Set the size of the connection pool in our own configuration",
    "owner": {"name": "Ada Moreno", "email": "ada.moreno@example.com"},
    "priority": "p1",
    "kind": "prevent",
    "tracker_url": "https://tracker.example.com/CHK-77",
}
ITEM: dict[str, Any] = {
    "id": "0d6f7c11-6f5f-5a43-9d6f-5e0f4a0e0d6a",
    "version": 2,
    **ASKED,
    "due": "2026-03-31T23:59:59Z",
    "state": "wont_do",
    "reason": "The pool is gone: the service has its own database now.",
    "created_at": "2026-03-03T09:00:00Z",
    "created_by": "owner@example.com",
    "updated_at": "2026-03-09T08:30:00Z",
    "done_at": "2026-03-09T08:30:00Z",
    "advice": [],
    "labels": ["sev2", "sev2_20260302"],
}
ABOUT: dict[str, Any] = {
    "id": "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11",
    "title": "Checkout answers slowly",
    "severity": "sev2",
    "services": ["checkout"],
}


class ActionItem(action_items.ActionItem):
    """An action item, with the labels that its ticket has (guide: action items)."""

    advice: tuple[action_items.Advice, ...] = Field(
        default=(), description="What may be missing in its text, and what to do about it. It blocks nothing."
    )
    labels: tuple[str, ...] = Field(default=(), description="For its ticket: how bad it was, and on which day (UTC).")


def labels(severity: str, incident: Incident) -> tuple[str, ...]:
    """Return the labels of an incident's tickets: its severity, and its severity on its day, if that is known."""
    day = incident.started_at or incident.resolved_at
    return (severity, f"{severity}_{day.astimezone(UTC):%Y%m%d}") if day else (severity,)


class ActionItems(BaseModel):
    """The action items of one postmortem, in the order in which they were added."""

    model_config = example({"items": [ITEM]})

    items: tuple[ActionItem, ...]


class About(BaseModel):
    """The postmortem that an item follows from."""

    id: str
    title: str
    severity: str
    services: tuple[str, ...]


class FollowedItem(ActionItem):
    """An action item in a list across postmortems."""

    postmortem: About


class ActionItemPage(BaseModel):
    """A page of action items, what is due first first."""

    model_config = example({"items": [{**ITEM, "postmortem": ABOUT}], "next_cursor": "q83vEjRWeJASNFZ4kBI0Vlsi"})

    items: tuple[FollowedItem, ...]
    next_cursor: str | None
