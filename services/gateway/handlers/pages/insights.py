"""The insights: what postmortems tell together, drawn, with the numbers beside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.gateway.domain.access import Act
from services.gateway.domain.pages.drawing import KEYS
from services.gateway.domain.pages.insights import figures
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.insights import Asked, gathered
from services.gateway.handlers.pages.forms import read
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.base import Severity, Token

router = APIRouter(include_in_schema=False)
FIELDS = ("since", "until", "severity", "service")
PERIODS = (("30 days", 30), ("90 days", 90), ("a year", 365))
USUAL_DAYS = 90


class Filters(BaseModel):
    """What the form asks for: days of the organisation's zone, both included."""

    since: date | None = None
    until: date | None = None
    severity: Severity | None = None
    service: Token | None = None


@router.get("/insights")
async def insights(request: Request, who: Annotated[Visitor, visitor(Act.READ_INSIGHTS)], deps: Needs) -> Response:
    """Show the figures of a time; a form that cannot be read is shown again, with what is wrong."""
    given = {name: value for name in FIELDS if (value := request.query_params.get(name, "").strip())}
    try:
        asked = _asked(deps, read(Filters, given))
        passages, told = await gathered(deps, who.actor, asked)
    except Problem as problem:
        return _shown(request, deps, given, problem=problem, status=problem.status)
    days = {"since": _day(deps, asked.since), "until": _day(deps, asked.until - timedelta(microseconds=1))}
    return _shown(request, deps, given | days, told=told, figures=figures(told, passages))


def _asked(deps: Deps, filters: Filters) -> Asked:
    """Return the time from midnight to midnight; it ends today and lasts for ninety days unless the form says so."""
    zone = ZoneInfo(deps.timezone)
    until = filters.until or deps.clock.now().astimezone(zone).date()
    since = filters.since or until - timedelta(days=USUAL_DAYS - 1)
    try:
        begin, end = _midnight(since, zone), _midnight(until + timedelta(days=1), zone)
    except OverflowError as error:
        raise Problem(422, "invalid-field", "until: there is no such day", field="until") from error
    return Asked(since=begin, until=end, severity=filters.severity, service=filters.service)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _day(deps: Deps, at: datetime) -> str:
    return at.astimezone(ZoneInfo(deps.timezone)).date().isoformat()


def _shown(request: Request, deps: Deps, given: Mapping[str, str], status: int = 200, **more: Any) -> Response:
    shown = {"told": None, "figures": (), "problem": None, **more}
    return page(
        request,
        "insights.html",
        status,
        given={**dict.fromkeys(FIELDS, ""), **given},
        severities=[each.value for each in Severity],
        periods=_periods(deps, given),
        shapes=KEYS,
        **shown,
    )


def _periods(deps: Deps, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return links to the usual times, which keep severity and service."""
    kept = {name: given[name] for name in ("severity", "service") if name in given}
    now = deps.clock.now()
    return [
        (name, f"/insights?{urlencode({'since': _day(deps, now - timedelta(days=days - 1)), **kept})}")
        for name, days in PERIODS
    ]
