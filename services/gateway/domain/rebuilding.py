"""What people read, put together from all facts again: which document a fact goes into, and what may not. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from services.gateway.domain.directory import KnownList, KnownReviewer, hear_list, hear_reviewer
from services.gateway.domain.hooks.telling import NEWS_FOR
from services.gateway.domain.view import View, project
from shared.contracts.base import BaseMessage
from shared.contracts.community import ReviewerChanged
from shared.contracts.events import Snapshot
from shared.contracts.lists import ListChanged

Kind = Literal["library", "reviewers", "lists"]
KINDS: tuple[Kind, ...] = ("library", "reviewers", "lists")
Known = View | KnownReviewer | KnownList
SKEW = timedelta(hours=1)
"""By so much a gateway's clock may be behind ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An event as it was said: `size` is how many bytes its body has."""

    id: str
    at: datetime
    data: BaseMessage
    size: int

    @property
    def kind(self) -> Kind:
        """What the fact goes into."""
        if isinstance(self.data, ReviewerChanged):
            return "reviewers"
        return "lists" if isinstance(self.data, ListChanged) else "library"

    @property
    def key(self) -> str:
        """The id of the document that it goes into."""
        return self.data.subject


@dataclass(slots=True)
class Built:
    """A document under way: what is known, by which facts and when they were said; `weight` is about its size."""

    state: Known | None = None
    handled: dict[str, datetime] = field(default_factory=dict)
    weight: int = 0

    def hear(self, fact: Fact) -> bool:
        """Take one more fact in; return False when it is in already."""
        if fact.id in self.handled:
            return False
        self.state = _heard(self.state, fact)
        self.handled[fact.id] = fact.at
        # a text takes the place of the one before it, everything else is added
        self.weight = max(self.weight, fact.size) if isinstance(fact.data, Snapshot) else self.weight + fact.size
        return True


def is_still_told(fact: Fact, now: datetime) -> bool:
    """Say whether subscribers may have to be told of a fact: who has heard of it by another way never tells them."""
    return now - fact.at <= NEWS_FOR + SKEW


def _heard(state: Known | None, fact: Fact) -> Known:
    data: Any = fact.data
    if isinstance(data, ReviewerChanged):
        return hear_reviewer(cast("KnownReviewer | None", state), data)
    if isinstance(data, ListChanged):
        return hear_list(cast("KnownList | None", state), data)
    return project(cast("View | None", state), data, (fact.at, fact.id))
