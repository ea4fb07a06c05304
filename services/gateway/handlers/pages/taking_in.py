"""A text that was edited elsewhere, read back: what it would change is shown first, and taken part by part."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response

from services.gateway.domain.history import Comparison, compare
from services.gateway.domain.imported import Imported, Unreadable, decoded
from services.gateway.domain.pages.differences import pieces
from services.gateway.domain.view import View
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.giving import Answered
from services.gateway.handlers.importing import as_imported, exported, said_by
from services.gateway.handlers.limits import JSON_TYPES, MARKDOWN
from services.gateway.handlers.pages.drafts import base_of, change, elsewhere, newest, outcome_of
from services.gateway.handlers.pages.forms import as_typed, every, fields, file_of, key_of, read
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.writing import Editor
from services.gateway.handlers.postmortems import Patch
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps
from shared.contracts.commands import Actor
from shared.contracts.events import Snapshot

router = APIRouter(include_in_schema=False)
PATH = "/postmortems/{id}/import"
WHOLE = ("title", "severity", "services")
NUMBER = re.compile("[1-9][0-9]{0,6}")


class Document(NamedTuple):
    """What somebody gives to be read back: its text, the revision that it was made of ("": now's), and why."""

    text: str
    revision: str
    note: str


@router.get(PATH)
async def form(id: Id, request: Request, who: Editor, deps: Needs) -> Response:
    """Show the form for a text that was edited elsewhere."""
    view, draft = await drafted(deps, id, who.actor)
    return elsewhere(view) or _form(request, view, draft, Document("", "", ""))


@router.post(PATH)
async def show(id: Id, request: Request, who: Editor, deps: Needs) -> Response:
    """Show what a document would change."""
    view, draft = await drafted(deps, id, who.actor)
    given = await _given(request)
    try:
        if file := await file_of(request, "file"):
            given = given._replace(text=_decoded(file))
        return await _compared(request, deps, view, draft, given)
    except Problem as problem:
        return _form(request, view, draft, given, problem)


@router.post(PATH + "/take")
async def take(id: Id, request: Request, who: Editor, deps: Needs) -> Response:
    """Save the parts that were chosen; if one has changed since they were shown, show anew what is different."""
    given, chosen = await _given(request), await every(request, "part")
    try:
        answered = await _taken(request, deps, id, who.actor, given, chosen)
    except Problem as problem:
        return await _not_taken(request, deps, id, who.actor, given, problem)
    outcome = outcome_of(answered)
    return see(f"/postmortems/{id}/edit", "taken" if outcome == "saved" else outcome)


async def _taken(
    request: Request, deps: Deps, id: str, actor: Actor, given: Document, chosen: Collection[str]
) -> Answered | None:
    """Give the chosen parts of a document; None when there are none. Raises: Problem."""
    _, draft = await drafted(deps, id, actor)
    named = _only(await _said(deps, draft, given), chosen).named()
    if not named:
        return None
    patch = read(Patch, {**named, "note": given.note or "imported"})
    return await change(deps, id, actor, patch, await key_of(request), (await fields(request)).get("base", ""))


def _only(said: Imported, chosen: Collection[str]) -> Imported:
    """Return of a document only what was chosen."""
    whole: dict[str, Any] = {name: getattr(said, name) if name in chosen else None for name in WHOLE}
    kept = {name: text for name, text in said.sections.items() if f"sections.{name}" in chosen}
    return replace(said, **whole, sections=kept)


async def _given(request: Request) -> Document:
    form = await fields(request)
    return Document(form.get("text", ""), form.get("revision", "").strip(), form.get("note", "").strip())


def _decoded(file: bytes) -> str:
    try:
        return as_typed(decoded(file))
    except Unreadable as error:
        raise Problem(422, "unreadable-text", str(error), field="file", line=error.line) from error


async def _said(deps: Deps, draft: Snapshot, given: Document) -> Imported:
    """Return what a document says unlike the revision that it was made of. Raises: Problem 404, 422."""
    if given.revision and not NUMBER.fullmatch(given.revision):
        raise Problem(422, "invalid-field", "revision: give the number of a revision, such as 3.", field="revision")
    number = int(given.revision) if given.revision else None
    before = await exported(deps, draft.postmortem_id, draft, number)
    kind = JSON_TYPES[0] if given.text.lstrip().startswith("{") else MARKDOWN
    return await said_by(given.text.encode(), kind, draft, before)


async def _compared(
    request: Request, deps: Deps, view: View, draft: Snapshot, given: Document, problem: Problem | None = None
) -> Response:
    """Show what a document would change of the text as it stands there now. Raises: Problem."""
    after = as_imported(draft, await _said(deps, draft, given))
    found: Comparison = await asyncio.to_thread(compare, draft, after)
    status = problem.status if problem else 200
    sections = [(each, pieces(each.segments)) for each in found.sections]
    shown = {"view": view, "draft": draft, "given": given, "found": found, "sections": sections}
    return page(request, "import_diff.html", status, problem=problem, base=base_of(draft), **shown)


async def _not_taken(
    request: Request, deps: Deps, id: str, actor: Actor, given: Document, problem: Problem
) -> Response:
    view, _ = await drafted(deps, id, actor)
    draft = await newest(deps, id, actor, problem)
    try:
        return await _compared(request, deps, view, draft, given, problem)
    except Problem as other:
        return _form(request, view, draft, given, other)


def _form(request: Request, view: View, draft: Snapshot, given: Document, problem: Problem | None = None) -> Response:
    status = problem.status if problem else 200
    return page(request, "import.html", status, view=view, draft=draft, given=given, problem=problem)
