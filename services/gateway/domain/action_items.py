"""Action items as the API answers them. Pure; names and shapes are the API's promise."""

from __future__ import annotations

from pydantic import BaseModel

from shared.contracts.action_items import ActionItem


class ActionItems(BaseModel):
    """The action items of one postmortem, in the order in which they were added."""

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

    items: tuple[FollowedItem, ...]
    next_cursor: str | None
