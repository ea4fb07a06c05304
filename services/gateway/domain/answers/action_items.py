"""Action items as the API answers them. Pure; names and shapes are the API's promise."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from services.gateway.domain.answers.shapes import example
from shared.contracts.action_items import ActionItem

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
}
ABOUT: dict[str, Any] = {
    "id": "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11",
    "title": "Checkout answers slowly",
    "severity": "sev2",
    "services": ["checkout"],
}


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
