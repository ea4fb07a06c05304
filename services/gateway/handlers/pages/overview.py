"""What there is to write in a postmortem, section by section, and what stands beside the sections as a form."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.pages import facts
from services.gateway.domain.pages.sections import findings, rows
from services.gateway.domain.view import View
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.giving import Answered
from services.gateway.handlers.pages.drafts import base_of, change, elsewhere, newest, outcome_of
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.postmortems import Patch
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps
from shared.contracts.base import Severity
from shared.contracts.commands import Role
from shared.contracts.events import Snapshot

router = APIRouter(include_in_schema=False)
Editor = Annotated[Visitor, visitor(Act.EDIT_POSTMORTEMS)]
WAS = "was_"
"""Begins the names of the fields that say what stood there when the form was made."""


@router.get("/postmortems/{id}/edit")
async def overview(id: Id, request: Request, who: Editor, deps: Needs) -> Response:
    """Show the sections, and the form of what stands beside them."""
    view, draft = await drafted(deps, id, who.actor)
    return elsewhere(view) or _shown(request, deps, who, view, draft, facts.fields(draft))


@router.post("/postmortems/{id}/edit")
async def save_facts(id: Id, request: Request, who: Editor, deps: Needs) -> Response:
    """Change what was changed in the form; what others have changed meanwhile is shown beside it."""
    view, draft = await drafted(deps, id, who.actor)
    form = await fields(request)
    before, after = facts.typed(form, WAS), facts.typed(form)
    try:
        answered = await _saved(request, deps, id, who, form, facts.patch(before, after))
    except Problem as problem:
        if problem.status != 412:  # noqa: PLR2004 - it has changed
            return _shown(request, deps, who, view, draft, after, before=before, base=form.get("base"), problem=problem)
        now = await newest(deps, id, who.actor, problem)
        mine = facts.onto(before, after, facts.fields(now))
        return _shown(request, deps, who, view, now, mine, problem=problem)
    is_mine = await deps.library.seen_by(who.actor.email, id) is not None
    return see(f"/postmortems/{id}/edit" if is_mine else "/", outcome_of(answered))


async def _saved(
    request: Request, deps: Deps, id: str, who: Visitor, form: dict[str, str], patch: dict[str, Any]
) -> Answered | None:
    """Give what was changed; None when nothing was. Raises: Problem."""
    if not patch:
        return None
    given = read(Patch, {**patch, "note": form.get("note", "")})
    return await change(deps, id, who.actor, given, await key_of(request), form.get("base", ""))


def _shown(
    request: Request,
    deps: Deps,
    who: Visitor,
    view: View,
    draft: Snapshot,
    values: dict[str, str],
    *,
    before: dict[str, str] | None = None,
    base: str | None = None,
    problem: Problem | None = None,
) -> Response:
    now = facts.fields(draft)
    return page(
        request,
        "edit.html",
        problem.status if problem else 200,
        view=view,
        draft=draft,
        rows=rows(view, draft),
        findings=findings(draft, "title"),
        values={**now, **values},
        before={**now, **(before or {})},
        base=base or base_of(draft),
        problem=problem,
        conflicts=problem.more.get("conflicts", ()) if problem else (),
        severities={each.value: _label(deps, each) for each in Severity},
        decides=who.actor.role is Role.ADMIN or who.actor.email == draft.owner.email,
        live=view.id,
    )


def _label(deps: Deps, severity: Severity) -> str:
    """Return a severity with the organisation's own words for it."""
    words = [word for word, each in deps.severities.items() if each is severity]
    return ", ".join([severity.value.upper(), *words])
