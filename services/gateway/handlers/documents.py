"""What feed readers and calendar programs subscribe to: `/feed.atom` and `/calendar.ics`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Header, Query, Response

from services.gateway.domain.access import Act
from services.gateway.domain.atom import Chosen, atom
from services.gateway.domain.ical import PAST_KEPT, calendar
from services.gateway.domain.links import Purpose
from services.gateway.domain.view import View
from services.gateway.handlers.answering import TEXT, answers
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.conditions import IfNoneMatch
from services.gateway.handlers.readers import private, reader
from services.gateway.handlers.searching import Filter, Month
from services.gateway.ports import Deps
from shared.contracts.base import Severity
from shared.contracts.commands import Actor

router = APIRouter(tags=["watching"])

ATOM, ICS = "application/atom+xml", "text/calendar"
ENTRIES = 50
"""Publications in the feed; those before are in the library."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Which publications a feed has: the same words and filters as a search of the library."""

    service: Annotated[Filter, Query(description="Of this service alone.")] = None
    severity: Annotated[Severity | None, Query(description="Of this severity alone.")] = None
    q: Annotated[Filter, Query(description="Of those alone that this search finds.")] = None
    owner: Annotated[Filter, Query(description="Of this owner's address alone.")] = None
    tag: Annotated[Filter, Query(description="Of this tag alone.")] = None
    month: Annotated[Month, Query(description="Of incidents of this month alone (UTC), as `2026-03`.")] = None
    factor: Annotated[Filter, Query(description="Of this contributing factor alone.")] = None

    def chosen(self) -> Chosen:
        """Return what was chosen; what is empty chooses nothing."""
        return Chosen(**{name: str(value) for name in self.__slots__ if (value := getattr(self, name))})


@router.get(
    "/feed.atom",
    summary="Subscribe to what is published",
    **answers({ATOM: TEXT}, "422 search-too-wide", says="An Atom feed (RFC 4287).", headers=["ETag", "Last-Modified"]),
)
async def get_feed(
    actor: Annotated[Actor, reader(Act.READ_POSTMORTEMS, Purpose.FEED)],
    deps: Needs,
    search: Annotated[Subscribed, Depends()],
    if_none_match: IfNoneMatch = (),
    if_modified_since: Annotated[str | None, Header(description="`Last-Modified` of what you have.")] = None,
) -> Response:
    """Read the latest publications as a feed; a correction updates its entry. Take HTTP Basic, or a secret link."""
    chosen = search.chosen()
    views = await deps.library.published(chosen, actor.email, ENTRIES)
    text = atom(views, chosen, deps.public_url, _address(deps, chosen))
    changed = _changed(views)
    modified = {"Last-Modified": format_datetime(changed, usegmt=True)} if changed else {}
    if not if_none_match and changed and _has(if_modified_since, changed):
        return private(text.encode(), ATOM, ("*",), modified)
    return private(text.encode(), ATOM, if_none_match, modified)


@router.get(
    "/calendar.ics",
    summary="Subscribe to the meetings",
    **answers({ICS: TEXT}, says="An iCalendar object (RFC 5545).", headers=["ETag", "Content-Disposition"]),
)
async def get_calendar(
    actor: Annotated[Actor, reader(Act.READ_MEETINGS, Purpose.CALENDAR)], deps: Needs, if_none_match: IfNoneMatch = ()
) -> Response:
    """Read all meetings to come, and those of the last 90 days, as a calendar. Take HTTP Basic, or a secret link."""
    views = await deps.library.meetings(deps.clock.now() - PAST_KEPT, actor.email)
    named = {"Content-Disposition": 'inline; filename="postmortems.ics"'}
    return private(calendar(views), ICS, if_none_match, named)


def _address(deps: Deps, chosen: Chosen) -> str:
    """Return the feed's own address, without anybody's token."""
    given = chosen.given()
    return f"{deps.public_url.rstrip('/')}/feed.atom{'?' if given else ''}{urlencode(given)}"


def _changed(views: Sequence[View]) -> datetime | None:
    """Return when anything last happened to what is shown, whole seconds; None when there is nothing."""
    last = max((view.updated_at for view in views if view.updated_at), default=None)
    return last.replace(microsecond=0) if last else None


def _has(if_modified_since: str | None, changed: datetime) -> bool:
    """Say whether a caller has this already; a date that nobody can read is no date (RFC 9110, 13.1.3)."""
    try:
        return bool(if_modified_since) and parsedate_to_datetime(str(if_modified_since)) >= changed
    except (ValueError, TypeError):
        return False
