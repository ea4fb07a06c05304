"""Corrections of what is published: begun with what was wrong, then written like any text; or given up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.view import View
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.corrections import NewCorrection, correct_postmortem, withdraw_correction
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
    """Show how to begin a correction, or the one that is open."""
    view, draft = await drafted(deps, id, who.actor)
    return _shown(request, view, draft, "", base_of(draft))


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
        return _shown(request, view, draft, note, base_of(draft), problem)
    return see(f"/postmortems/{id}/edit", outcome(answer, "correcting"))


@router.post("/postmortems/{id}/correction/withdraw")
async def withdraw(id: Id, request: Request, who: Corrector, deps: Needs) -> Response:
    """Give the open correction up, as it was read."""
    form = await fields(request)
    try:
        answer = await withdraw_correction(id, who.actor, deps, (form.get("base", ""),))
    except Problem as problem:
        view, draft = await drafted(deps, id, who.actor)
        return _shown(request, view, draft, "", base_of(draft), problem)
    return see(f"/postmortems/{id}", outcome(answer, "withdrawn"))


def _shown(
    request: Request, view: View, draft: Snapshot, note: str, base: str, problem: Problem | None = None
) -> Response:
    status = problem.status if problem else 200
    return page(request, "correction.html", status, view=view, draft=draft, note=note, base=base, problem=problem)
