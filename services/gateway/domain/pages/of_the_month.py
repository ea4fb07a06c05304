"""The postmortem of the month: which month a page is about, and what the rule would choose. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from services.gateway.domain.pages.months import Month
from services.gateway.domain.view import View


def last_month(now: datetime, zone: ZoneInfo) -> Month:
    """Return the month that ended last there."""
    this = Month.of(now, zone)
    return this.before() or this


def of_month(views: Iterable[View], month: Month, zone: ZoneInfo) -> tuple[View, ...]:
    """Return those that were published first in a month and are for everybody's eyes, as the rule has them in order.

    The most severe comes first, of those the one with the most action items, then the one that came first.
    """
    found = [
        (view.publication.severity, -len(view.action_items), first, view.id, view)
        for view in views
        if view.publication and view.draft and not view.draft.restricted
        if (first := view.publication.first_published_at or view.publication.published_at)
        if Month.of(first, zone) == month
    ]
    return tuple(view for *_, view in sorted(found, key=lambda each: each[:4]))
