"""The history of a postmortem for people: its revisions, each of them, and what is different between two."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.history import AFTERWORD, Comparison, FieldChange
from services.gateway.domain.pages.contents import chapters, contents
from services.gateway.domain.pages.differences import pieces
from services.gateway.handlers import paging
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.history import Number, compare_revisions, kept, list_revisions
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.showing import Id, drafted

router = APIRouter(include_in_schema=False)
Reader = Annotated[Visitor, visitor(Act.READ_POSTMORTEMS)]
ON_A_PAGE = 50


@router.get("/postmortems/{id}/history")
async def history(
    id: Id, request: Request, who: Reader, deps: Needs, cursor: Annotated[paging.Cursor, Query()] = None
) -> Response:
    """List the revisions, the newest first, to be read and compared."""
    view, draft = await drafted(deps, id, who.actor)
    found = await list_revisions(id, who.actor, deps, cursor, ON_A_PAGE)
    return page(request, "history.html", view=view, draft=draft, found=found, afterword=AFTERWORD)


@router.get("/postmortems/{id}/revisions/{number}")
async def revision(id: Id, number: Annotated[Number, Path()], request: Request, who: Reader, deps: Needs) -> Response:
    """Show the text as it was then."""
    view, draft = await drafted(deps, id, who.actor)
    found = await kept(deps, id, number)
    told = await asyncio.to_thread(chapters, found.draft, is_worked_on=False)
    shown: dict[str, Any] = {
        "view": view,
        "draft": draft,
        "revision": found,
        "chapters": told,
        "contents": contents(told),
    }
    return page(request, "revision.html", **shown, afterword=AFTERWORD)


@router.get("/postmortems/{id}/diff")
async def diff(
    id: Id,
    request: Request,
    who: Reader,
    deps: Needs,
    older: Annotated[Number | None, Query(alias="from")] = None,
    newer: Annotated[Number | None, Query(alias="to")] = None,
    whole: Annotated[bool, Query()] = False,
) -> Response:
    """Show what is different in the newer of two revisions, whichever of both is named first."""
    view, draft = await drafted(deps, id, who.actor)
    if older and newer and older > newer:
        older, newer = newer, older
    found = await compare_revisions(id, who.actor, deps, older, newer)
    return page(request, "diff.html", view=view, draft=draft, found=found, whole=whole, **_shown(found, whole=whole))


def _shown(found: Comparison, *, whole: bool) -> dict[str, Any]:
    near = {"near": None} if whole else {}
    sections = [(section, pieces(section.segments, **near)) for section in found.sections]
    fields = [(change.name.capitalize(), _words(change, "before"), _words(change, "after")) for change in found.fields]
    is_short = any(piece.op == "gap" for _section, parts in sections for piece in parts)
    return {"sections": sections, "fields": fields, "is_short": is_short}


def _words(change: FieldChange, side: str) -> str:
    """Return a field's value as people read it."""
    value = getattr(change, side)
    if isinstance(value, dict):
        return f"{value['name']} <{value['email']}>"
    return ", ".join(value) if isinstance(value, list) else str(value)
