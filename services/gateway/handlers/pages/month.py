"""The postmortem of the month: read it; admins choose it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.atom import Chosen
from services.gateway.domain.pages.months import Month
from services.gateway.domain.pages.of_the_month import last_month, of_month
from services.gateway.domain.pages.wording import first_words
from services.gateway.domain.view import View
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.months import (
    MonthGiven,
    MonthShown,
    choose_postmortem_of_the_month,
    get_postmortem_of_the_month,
    leave_postmortem_of_the_month_to_the_rule,
)
from services.gateway.handlers.pages.asking import hasty, part
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps

router = APIRouter(prefix="/postmortem-of-the-month", include_in_schema=False)
PAGE = "/postmortem-of-the-month"
NEWEST = 200
"""Publications that a month is looked for in."""
Named = Annotated[str, Query(alias="month", max_length=20)]


@router.get("")
async def of_the_month(
    request: Request, who: Annotated[Visitor, visitor(Act.READ_POSTMORTEMS)], deps: Needs, month: Named = ""
) -> Response:
    """Show what was chosen for a month, the one that ended last when none is named."""
    return await _shown(request, who, deps, _month(month, deps))


@router.post("")
async def choose(request: Request, who: Annotated[Visitor, visitor(Act.CHANGE_LISTS)], deps: Needs) -> Response:
    """Choose the postmortem of a month, or leave that to the rule; admins only."""
    given, key = await fields(request), await key_of(request)
    month = _month(given.get("month", ""), deps)
    try:
        if "leave" in given:
            done = await leave_postmortem_of_the_month_to_the_rule(month.name, who.actor, deps, key)
            return see(f"{PAGE}?month={month.name}", outcome(done, "left-to-rule"))
        chosen = read(MonthGiven, {"postmortem_id": given.get("postmortem_id", ""), "why": given.get("why", "")})
        done = await choose_postmortem_of_the_month(month.name, chosen, who.actor, deps, key)
    except Problem as problem:
        return await _shown(request, who, deps, month, problem, given)
    return see(f"{PAGE}?month={month.name}", outcome(done, "chosen"))


def _month(name: str, deps: Deps) -> Month:
    """Return the month that is asked for. Raises: Problem 422."""
    month = Month.named(name) if name else last_month(deps.clock.now(), ZoneInfo(deps.timezone))
    if month is None:
        raise Problem(422, "invalid-field", "Write the month like 2026-03, from 1900 to 2099.", field="month")
    return month


async def _shown(
    request: Request,
    who: Visitor,
    deps: Deps,
    month: Month,
    problem: Problem | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    told = await part(MonthShown, get_postmortem_of_the_month(month.name, who.actor, hasty(deps)))
    newest = await deps.library.published(Chosen(), who.actor.email, NEWEST)
    others = of_month(newest, month, ZoneInfo(deps.timezone))
    shown: dict[str, Any] = {
        "month": month,
        "told": told,
        "view": await _chosen(told, others, who, deps),
        "others": others,
        "first_words": first_words,
        "may_choose": who.may(Act.CHANGE_LISTS),
        "why": (given or {}).get("why", ""),
        "picked": (given or {}).get("postmortem_id", told.postmortem_id if told else None),
        "problem": problem,
    }
    return page(request, "month.html", problem.status if problem else 200, **shown)


async def _chosen(told: MonthShown | None, others: Sequence[View], who: Visitor, deps: Deps) -> View | None:
    """Return what is read: what was chosen, as far as this person may see it, else what the rule would choose."""
    if told and told.postmortem_id:
        view = await deps.library.seen_by(who.actor.email, told.postmortem_id)
        return view if view and view.publication else None
    return next(iter(others), None)
