"""What somebody has typed into the form of one section, and how it becomes the section's text."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Path, Request

from services.gateway.domain import etags
from services.gateway.domain.access import Act
from services.gateway.domain.pages.merge import marked
from services.gateway.handlers.giving import Answered
from services.gateway.handlers.pages.drafts import change, made_on
from services.gateway.handlers.pages.forms import as_typed, fields, read
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.postmortems import Patch
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import drafted
from services.gateway.ports import Deps
from shared.contracts.commands import Actor
from shared.contracts.events import Snapshot
from shared.contracts.sections import Section

SECTION = "/postmortems/{id}/edit/{name}"
Editor = Annotated[Visitor, visitor(Act.EDIT_POSTMORTEMS)]
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class Typed(NamedTuple):
    """What somebody has typed, why, and which text they had before them."""

    text: str
    note: str
    base: str


async def typed(request: Request) -> Typed:
    """Return what a section's form says."""
    form = await fields(request)
    return Typed(form.get("text", ""), form.get("note", "").strip(), form.get("base", ""))


async def written(deps: Deps, id: str, actor: Actor, name: str, given: Typed, key: str | None) -> Answered | None:
    """Give a section's new text; None when it is as it was. Raises: Problem."""
    if line := marked(given.text):
        text = f"Line {line} is a mark where two texts differ. Choose what is to stand there, and take the marks out."
        raise Problem(422, "marks-left", text, field="text", line=line)
    _, draft = await drafted(deps, id, actor)
    before = await made_on(deps, id, draft, given.base)
    if before is not None and as_typed(before.report.get(name, "")) == given.text:
        return None
    patch = read(Patch, {"sections": {name: given.text}, "note": given.note})
    return await change(deps, id, actor, patch, key, given.base)


def section_of(draft: Snapshot, name: str) -> Section:
    """Return a section of a text. Raises: Problem 404."""
    for each in draft.described():
        if each.name == name:
            return each
    raise Problem(404, "unknown-section", f"This postmortem has no section {name!r}; go back to the list of them.")


def base_after(answered: Answered | None, given: Typed) -> str:
    """Return what the next change of a form is made on."""
    if answered is None or answered.reply is None:
        return given.base
    return etags.named(answered.reply.data["revision"], answered.reply.data["content_hash"])
