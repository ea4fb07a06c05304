"""Corrections of what is published: begun with what was wrong, then written like any text."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.view import View
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.corrections import NewCorrection, correct_postmortem
from services.gateway.handlers.pages.drafts import NOT_NOW, base_of
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Unavailable
from shared.contracts.events import Snapshot

router = APIRouter(include_in_schema=False)
Corrector = Annotated[Visitor, visitor(Act.CORRECT_POSTMORTEMS)]


@router.get("/postmortems/{id}/correction")
async def correction(id: Id, request: Request, who: Corrector, deps: Needs) -> Response:
    """Show how to begin a correction; what is not published, or corrected already, is edited as it is."""
    view, draft = await drafted(deps, id, who.actor)
    return _shown(request, view, draft, "") if view.is_out() else see(f"/postmortems/{id}/edit")


@router.post("/postmortems/{id}/correction")
async def begin(id: Id, request: Request, who: Corrector, deps: Needs) -> Response:
    """Begin a correction; what is to stand there instead is written in the editor."""
    form = await fields(request)
    note, base = form.get("note", ""), form.get("base", "")
    try:
        given = read(NewCorrection, {"note": note})
        answer = await correct_postmortem(id, given, who.actor, deps, await key_of(request), (base,))
    except (Problem, Unavailable) as error:
        problem = error if isinstance(error, Problem) else Problem(503, "not-accepted", NOT_NOW)
        view, draft = await drafted(deps, id, who.actor)
        return _shown(request, view, draft, note, problem)
    return see(f"/postmortems/{id}/edit", outcome(answer, "correcting"))


def _shown(request: Request, view: View, draft: Snapshot, note: str, problem: Problem | None = None) -> Response:
    shown = {"view": view, "draft": draft, "note": note, "base": base_of(draft), "problem": problem}
    return page(request, "correction.html", problem.status if problem else 200, **shown)
