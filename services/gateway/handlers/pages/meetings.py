"""The meetings as a calendar of one month and as a list, and how to have them in a calendar of one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.pages import wording
from services.gateway.domain.pages.months import DAYS, Month, days_with, entries, table
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.links import get_secret_links
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from services.gateway.ports.days import Span

router = APIRouter(include_in_schema=False)
MOST = 150
"""Meetings that one page shows; a month with more of them says so."""
IN_A_DAY = 4
"""Meetings that a day of the table names before it counts."""
Reads = Annotated[Visitor, visitor(Act.READ_MEETINGS)]
Named = Annotated[str, Query(alias="month", max_length=20)]


@router.get("/meetings")
async def meetings(request: Request, who: Reads, deps: Needs, month: Named = "", mine: str = "") -> Response:
    """Show the meetings of a month, this one when none is named: of everybody, or those that somebody is invited to."""
    zone, now, email = ZoneInfo(deps.timezone), deps.clock.now(), who.actor.email
    shown = _month(month, now, zone)
    since, until = shown.span(zone)
    span = Span(since=since, until=until, attendee=email if mine else None, limit=MOST + 1)
    found = entries(await deps.library.meetings_between(span, email), email, zone)
    today = now.astimezone(zone).date()
    return page(
        request,
        "meetings.html",
        month=shown,
        mine=mine,
        weeks=table(shown, found[:MOST], today),
        days=[(day, some) for day, some in days_with(found[:MOST]) if day.replace(day=1) == shown.first],
        today=today,
        has_more=len(found) > MOST,
        most=MOST,
        in_a_day=IN_A_DAY,
        weekdays=DAYS,
        counted=wording.counted,
        may_join=who.may(Act.JOIN_MEETINGS),
        calendar_url=await _calendar_url(request, who, deps),
        live="*",
    )


def _month(name: str, now: datetime, zone: ZoneInfo) -> Month:
    """Return the month that is asked for. Raises: Problem 422."""
    shown = Month.named(name) if name else Month.of(now, zone)
    if shown is None:
        raise Problem(422, "invalid-field", "Write the month like 2026-03, from 1900 to 2099.", field="month")
    return shown


async def _calendar_url(request: Request, who: Visitor, deps: Deps) -> str | None:
    """Return the secret link of who looks, for their calendar program; their key may not let them have one."""
    if not who.may(Act.READ_POSTMORTEMS):
        return None
    return (await get_secret_links(request, who.actor, deps)).calendar_url
