"""What is told to those who watch: one item a fact, without the report's text. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.gateway.domain.view import View
from shared.contracts.base import Moment, derived_id
from shared.contracts.values import Status

KEPT_FOR = timedelta(days=7)
"""For how long somebody who was away may go on from where they were. What is older is no news."""


_END = re.compile(r"end-(0|[1-9][0-9]{0,14})")


class Noted(BaseModel):
    """A fact as the feed keeps it: what happened to which postmortem, and how that stood then."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    time: Moment
    postmortem_id: str
    title: str
    status: Status
    severity: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What somebody wants to be told of: one postmortem, some names; nothing given means everything."""

    postmortem_id: str | None = None
    names: Collection[str] = ()

    def wants(self, noted: Noted) -> bool:
        """Say whether this is part of it."""
        return self.postmortem_id in (None, noted.postmortem_id) and (not self.names or noted.name in self.names)


def end_id(number: int) -> str:
    """Return the id of the place behind so many items, when none of them is there any more."""
    return f"end-{number}"


def end_number(id: str) -> int | None:
    """Return how many items stood before such a place; None for the id of an item."""
    match = _END.fullmatch(id)
    return int(match[1]) if match else None


def is_news(said_at: datetime, now: datetime) -> bool:
    """Say whether a fact is recent enough to be told; an old one is heard when the library is built again."""
    return said_at > now - KEPT_FOR


def noted(view: View, name: str, said: tuple[datetime, str]) -> Noted | None:
    """Return the item of a fact that is in the view; None as long as nobody may know of the postmortem.

    The item's id follows from the fact's, so that a fact that is heard again is the same item.
    """
    if view.draft is None:
        return None
    said_at, id = said
    return Noted(
        id=derived_id("feed", id),
        name=name,
        time=said_at,
        postmortem_id=view.id,
        title=view.draft.title,
        status=view.status(),
        severity=view.draft.severity.value,
        revision=view.draft.revision,
    )


def told(item: Noted, public_url: str) -> dict[str, Any]:
    """Return an item as watchers read it."""
    self_url = f"{public_url.rstrip('/')}/v1/postmortems/{item.postmortem_id}"
    return {**item.model_dump(mode="json"), "links": {"self": self_url}}
