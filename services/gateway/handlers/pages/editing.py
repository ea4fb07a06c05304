"""One section of a text: written beside its preview and what is remarked on it."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from services.gateway.domain.imported import LONGEST
from services.gateway.domain.pages import sections
from services.gateway.domain.view import View
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.conflicts import both
from services.gateway.handlers.pages.drafts import base_of, elsewhere, outcome_of
from services.gateway.handlers.pages.forms import as_typed, fields, key_of
from services.gateway.handlers.pages.rendering import markdown, page, see
from services.gateway.handlers.pages.writing import SECTION, Editor, Name, Typed, section_of, typed, written
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id, drafted
from shared.contracts.events import Snapshot

router = APIRouter(include_in_schema=False)
TOO_LONG = Markup("<p>It is too long for a preview.</p>")


@router.get(SECTION)
async def section(id: Id, name: Name, request: Request, who: Editor, deps: Needs) -> Response:
    """Show a section's form."""
    view, draft = await drafted(deps, id, who.actor)
    return elsewhere(view) or await shown(request, view, draft, name)


@router.post(SECTION)
async def save(id: Id, name: Name, request: Request, who: Editor, deps: Needs) -> Response:
    """Save a section; where somebody else has changed it meanwhile, show both texts."""
    view, draft = await drafted(deps, id, who.actor)
    described = section_of(draft, name)
    given, form = await typed(request), await fields(request)
    try:
        answered = await written(deps, id, who.actor, name, given, await key_of(request))
    except Problem as problem:
        if problem.status == 412:  # noqa: PLR2004 - it has changed
            return await both(request, deps, id, who, described, given, problem)
        return await shown(request, view, draft, name, given, problem=problem)
    onto = sections.around(draft.described(), name)[1] if form.get("then") == "next" else described
    path = f"/postmortems/{id}/edit" + (f"/{onto.name}" if onto else "")
    outcome = outcome_of(answered)
    return see(path if outcome == "later" else f"{path}?of={name}", outcome)


@router.post(SECTION + "/preview")
async def preview_of_form(id: Id, name: Name, request: Request, who: Editor, deps: Needs) -> Response:
    """Show a section's form again, with what is typed in it as it will look; nothing is saved."""
    view, draft = await drafted(deps, id, who.actor)
    return await shown(request, view, draft, name, await typed(request))


@router.post("/postmortems/{id}/preview")
async def preview(id: Id, request: Request, who: Editor, deps: Needs) -> Response:
    """Return what a text will look like, to be put into the page that it is typed in."""
    await drafted(deps, id, who.actor)
    return page(request, "edit_preview.html", preview=await looks((await fields(request)).get("text", "")))


async def looks(text: str) -> Markup:
    """Return what a section's text looks like; its headings go below those of the page."""
    if len(text) > LONGEST:
        return TOO_LONG
    return await asyncio.to_thread(markdown, text, "preview")


async def shown(
    request: Request,
    view: View,
    draft: Snapshot,
    name: str,
    given: Typed | None = None,
    *,
    problem: Problem | None = None,
    **more: Any,
) -> Response:
    """Return a section's page: with its text, or with what somebody has typed and what is wrong with it."""
    section_of(draft, name)
    before, after = sections.around(draft.described(), name)
    now = given or Typed(as_typed(draft.report[name]), "", base_of(draft))
    return page(
        request,
        "edit_section.html",
        problem.status if problem else 200,
        before=before,
        after=after,
        typed=now,
        is_unsaved=given is not None,
        problem=problem,
        preview=await looks(now.text),
        is_autosaved=sections.is_autosaved(view),
        of=request.query_params.get("of", ""),
        **remarked(view, draft, name),
        **more,
    )


def remarked(view: View, draft: Snapshot, name: str) -> dict[str, Any]:
    """Return what is remarked on a section, and found in it, as its page shows it."""
    return {
        "view": view,
        "draft": draft,
        "section": section_of(draft, name),
        "remarks": sections.remarks(view, name),
        "findings": sections.findings(draft, name),
        "is_checked": sections.is_checked(view, draft),
    }
