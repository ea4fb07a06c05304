"""The community of reviewers: who belongs to it, and what it knows of me."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from services.gateway.domain import directory
from services.gateway.domain.access import Act
from services.gateway.domain.directory import KnownReviewer
from services.gateway.domain.pages.members import Sheet, sheet_of, shown_members
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.reviewers import ReviewerGiven, put_reviewer
from services.gateway.ports import Deps
from shared.contracts.community import Level, reviewer_id

router = APIRouter(prefix="/reviewers", include_in_schema=False)
LEVELS = {
    Level.LEARNING: "Learning: I review beside somebody experienced",
    Level.EXPERIENCED: "Experienced",
    Level.MENTOR: "Mentor: I am glad to have somebody learning beside me",
}
HINTS = {
    "capacity": "Open reviews at once: a number from 1 to 50, or nothing.",
    "away_until": "Away from now until: a day and a time, such as 2026-04-07T09:00.",
    "away": "Other times away: a line each, such as 2026-07-13 to 2026-07-24, the earlier day first.",
    "timezone": "Time zone: a name such as Europe/Berlin.",
    "hours": "Working day: two times, such as 08:00 and 14:00, the earlier one first.",
}
"""What to do about a field, in the words of the form."""
_BETWEEN = re.compile(r"[,\n]")
KEPT = ("team", "aliases")
"""What the form does not ask for."""


@router.get("")
async def reviewers(request: Request, who: Annotated[Visitor, visitor(Act.READ_REVIEWERS)], deps: Needs) -> Response:
    """Show who reviews, and what the community knows of whoever looks."""
    known = await _known(deps, who)
    return await _shown(request, who, deps, sheet_of(known, who.actor.name, deps.timezone), known)


async def _shown(
    request: Request,
    who: Visitor,
    deps: Deps,
    sheet: Sheet,
    known: KnownReviewer | None,
    problem: Problem | None = None,
) -> Response:
    members = [each.reviewer for each in await deps.reviewers.listed()]
    return page(
        request,
        "reviewers.html",
        problem.status if problem else 200,
        members=shown_members(members, deps.clock.now(), deps.timezone),
        sheet=sheet,
        belongs=known is not None and known.reviewer.active,
        etag=directory.etag(known) if known else "",
        may_change=who.may(Act.CHANGE_REVIEWERS),
        levels=LEVELS,
        problem=problem,
    )


@router.post("")
async def change_mine(
    request: Request, who: Annotated[Visitor, visitor(Act.CHANGE_REVIEWERS)], deps: Needs
) -> Response:
    """Join the community, change what it knows of whoever asks, or leave it."""
    given = await fields(request)
    known = await _known(deps, who)
    seen = given.get("etag", "")
    try:
        member = read(ReviewerGiven, _member(given, known, who.actor.name, deps.timezone))
        conditions = ((seen,), ()) if seen else ((), ("*",))
        answer = await put_reviewer(who.actor.email, member, who.actor, deps, await key_of(request), *conditions)
    except Problem as problem:
        return await _shown(request, who, deps, Sheet(**_typed(given)), known, _in_words(problem))
    return see("/reviewers", outcome(answer, "left-community" if given.get("act") == "leave" else "saved"))


def _in_words(problem: Problem) -> Problem:
    """Return a problem that says what to do, where the form has words for that."""
    field = str(problem.more.get("field", "")).partition(".")[0]
    return Problem(problem.status, problem.rule, HINTS[field], field=field) if field in HINTS else problem


async def _known(deps: Deps, who: Visitor) -> KnownReviewer | None:
    return await deps.reviewers.state_of(reviewer_id(who.actor.email))


def _typed(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given.get(name, "") for name in Sheet.__dataclass_fields__}


def _member(given: Mapping[str, str], known: KnownReviewer | None, name: str, zone: str) -> dict[str, Any]:
    """Return a member as the API takes it, of what the form says and what it does not ask for."""
    kept = known.reviewer.model_dump(include={*KEPT}) if known else {}
    typed = Sheet(**_typed(given))
    return {
        **kept,
        "name": typed.name.strip() or name,
        "active": given.get("act") != "leave",
        "services": _several(typed.services),
        "skills": _several(typed.skills),
        "note": typed.note.strip(),
        "level": typed.level or Level.EXPERIENCED,
        "capacity": typed.capacity.strip() or None,
        "away_until": _moment(typed.away_until, _zone(typed.timezone, zone)),
        "away": [_span(line) for line in typed.away.splitlines() if line.strip()],
        "timezone": typed.timezone.strip() or None,
        "hours": _hours(typed),
    }


def _several(text: str) -> list[str]:
    return [each.strip() for each in _BETWEEN.split(text) if each.strip()]


def _moment(text: str, zone: ZoneInfo) -> str | None:
    """Return a time of a form (`2026-04-07T09:00`), which is the person's own. What is none, the API refuses."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat() if text.strip() else None
    except ValueError:
        return text


def _zone(name: str, organisation: str) -> ZoneInfo:
    """Return the zone that somebody typed, else the organisation's; what is none, the API refuses."""
    try:
        return ZoneInfo(name.strip() or organisation)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(organisation)


def _span(line: str) -> dict[str, str]:
    """Return a time away: `2026-07-13 to 2026-07-24`, or one day."""
    since, _, until = (part.strip() for part in line.partition(" to "))
    return {"since": since, "until": until or since}


def _hours(typed: Sheet) -> dict[str, str] | None:
    opens, closes = typed.opens.strip(), typed.closes.strip()
    return {"opens": opens, "closes": closes} if opens or closes else None
