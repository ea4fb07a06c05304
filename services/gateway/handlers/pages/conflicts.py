"""Two people have changed one section: both texts, what is different, and both together, to choose from."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from fastapi import Request, Response

from services.gateway.domain.history import segments
from services.gateway.domain.pages.differences import pieces
from services.gateway.domain.pages.merge import merged
from services.gateway.handlers.pages.drafts import base_of, made_on, newest
from services.gateway.handlers.pages.forms import as_typed
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.visitors import Visitor
from services.gateway.handlers.pages.writing import Typed
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.sections import Section


async def both(
    request: Request, deps: Deps, id: str, who: Visitor, section: Section, given: Typed, problem: Problem
) -> Response:
    """Show what somebody typed beside what stands there now; whichever they choose is made on the latter."""
    now = await newest(deps, id, who.actor, problem)
    before = await made_on(deps, id, now, given.base)
    base, theirs = (as_typed(each.report.get(section.name, "")) if each else "" for each in (before, now))
    together, difference = await asyncio.gather(
        asyncio.to_thread(merged, base, given.text, theirs),
        asyncio.to_thread(lambda: pieces(tuple(segments(theirs, given.text)))),
    )
    return page(
        request,
        "conflict.html",
        problem.status,
        id=id,
        draft=now,
        section=section,
        typed=given,
        theirs=theirs,
        together=together,
        difference=difference,
        base=base_of(now),
        **_changed(problem, section.name),
    )


def _changed(problem: Problem, name: str) -> dict[str, Any]:
    """Return who has changed a section, and when, as far as that is known."""
    for each in problem.more.get("conflicts", ()):
        if each["field"] == f"sections.{name}":
            at = each.get("changed_at")
            return {"by": each.get("changed_by"), "at": datetime.fromisoformat(at) if at else None}
    return {"by": None, "at": None}
