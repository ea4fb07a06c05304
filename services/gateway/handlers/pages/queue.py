"""The review queue: what is asked of me, what looks for reviewers, what others have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.cursor import Filters, Position
from services.gateway.domain.pages.queue import Groups, Waiting, grouped
from services.gateway.domain.view import UNSTAMPED, View
from services.gateway.handlers import paging
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps, Queued

router = APIRouter(include_in_schema=False)
PAGE = 50
State = Literal["in_review", "changes_requested", "approved"]
Whose = Literal["all", "mine", "open", "others"]
STATES = {"in_review": "in review", "changes_requested": "with their authors", "approved": "approved"}
CHOICES = {"all": "Everybody's", "mine": "Asked of me", "open": "Looking for reviewers", "others": "Asked of others"}


@router.get("/reviews")
async def reviews(
    request: Request,
    who: Annotated[Visitor, visitor(Act.READ_REVIEWS)],
    deps: Needs,
    show: Whose = "all",
    state: State = "in_review",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Show what waits for review, in groups."""
    bound = {"list": "review page", "state": state, "show": show}
    after, problem = _after(deps, cursor, bound)
    mine = await _asked(deps, who, state) if after is None and show in ("all", "mine") else ()
    others = await _every(deps, who, state, after) if show != "mine" else ()
    more = deps.cursors.seal(_position(others[PAGE - 1]), bound) if len(others) > PAGE else None
    found = grouped((*mine, *others[:PAGE]), who.actor, deps.clock.now())
    return page(
        request,
        "reviews.html",
        problem.status if problem else 200,
        show=show,
        state=state,
        states=STATES,
        choices=CHOICES,
        groups=_groups(found, show, is_first=after is None),
        next=f"/reviews?{urlencode({'show': show, 'state': state, 'cursor': more})}" if more else None,
        problem=problem,
        live="*",
    )


def _after(deps: Deps, cursor: str | None, bound: Filters) -> tuple[Position | None, Problem | None]:
    """Return where the queue goes on; a cursor that is none begins it anew, and says so."""
    try:
        return paging.after(deps, cursor, bound), None
    except Problem:
        text = "The link to this part of the queue is not good any more. The queue begins here."
        return None, Problem(422, "invalid-field", text, field="cursor")


async def _asked(deps: Deps, who: Visitor, state: str) -> Sequence[View]:
    """Return what is asked of somebody: nobody has as many open reviews."""
    wanted = Queued(state=state, reviewer=who.actor.email, limit=2 * PAGE)
    return await deps.library.queued(wanted, who.actor.email)


async def _every(deps: Deps, who: Visitor, state: str, after: Position | None) -> Sequence[View]:
    return await deps.library.queued(Queued(state=state, after=after, limit=PAGE + 1), who.actor.email)


def _groups(found: Groups, show: str, *, is_first: bool) -> list[tuple[str, tuple[Waiting, ...]]]:
    """Return the groups that were asked for, by their names; what is mine is all on the first page."""
    every = (("mine", found.mine), ("open", found.open), ("others", found.others))
    return [(name, entries) for name, entries in every if show in ("all", name) and (is_first or name != "mine")]


def _position(view: View) -> Position:
    return view.review.requested_at or UNSTAMPED[0], view.id
