"""Reading a text back: a document as it was exported, maybe edited elsewhere, becomes a revision."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.gateway.domain.access import Act
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.etags import Base, is_any
from services.gateway.domain.heads import Head
from services.gateway.domain.history import Comparison, compare
from services.gateway.domain.imported import Imported, Unreadable, decoded, read
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.conditions import IfMatch, base_of
from services.gateway.handlers.giving import IdempotencyKey
from services.gateway.handlers.limits import MARKDOWN
from services.gateway.handlers.merging import MERGED, as_of, edit, merged
from services.gateway.handlers.problems import Problem, from_validation
from services.gateway.handlers.showing import Id, drafted
from services.gateway.handlers.written import WrittenLine, WrittenText
from services.gateway.ports import Deps
from shared.contracts.base import Severity, Token
from shared.contracts.commands import Actor, RevisePostmortem
from shared.contracts.events import Snapshot
from shared.contracts.values import SectionName

router = APIRouter(prefix="/v1/postmortems/{id}/text", tags=["history"])
Editor = Annotated[Actor, may(Act.EDIT_POSTMORTEMS)]
EXAMPLE = "# Search answered slowly\n\n- Severity: SEV2\n- Services: search\n\n## Impact\n\n413 orders timed out.\n"


class Exported(BaseModel):
    """What is read of an export as JSON; all else in it is passed over."""

    model_config = ConfigDict(extra="ignore")

    title: WrittenLine | None = None
    severity: Severity | None = None
    services: Annotated[tuple[Token, ...] | None, Field(max_length=100)] = None
    sections: dict[SectionName, WrittenText | None] = {}


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            MARKDOWN: {"schema": {"type": "string"}, "example": EXAMPLE},
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Exported"},
                "example": {"title": "Search answered slowly", "sections": {"impact": "413 orders timed out.\n"}},
            },
        },
    }
}
READS = ("422 unknown-section", "422 unreadable-text")


@router.put(
    "",
    summary="Import a text",
    **answers(Postmortem, "409 already-published", "409 imported", "422 too-large", *READS, extra=BODY, **MERGED),
)
async def import_text(
    id: Id,
    request: Request,
    actor: Editor,
    deps: Needs,
    note: Annotated[str, Query(max_length=500, description="Why, for the revision.")] = "imported",
    key: IdempotencyKey = None,
    if_match: IfMatch = (),
) -> Response:
    """Make a revision of a document: Markdown or JSON as `export` gives it.

    `If-Match` names the revision that was exported. What the document says as that revision did is no change; what it
    does not name stays. With `*` all of it is written.
    """
    _, draft = await drafted(deps, id, actor)
    base = base_of(if_match, draft)
    before = None if is_any(if_match) else await _base(deps, id, draft, base)
    said = await said_by(*await _body(request), draft, before)
    command = RevisePostmortem(
        postmortem_id=id, actor=actor, base_revision=base.revision, base_hash=base.digest, note=note, **said.named()
    )
    return await merged(deps, await edit(deps, command, key, if_match), id, actor)


@router.post(
    "/diff",
    summary="See what an import would change",
    **answers(Comparison, "404 unknown-revision", *READS, says="The differences.", extra=BODY),
)
async def compare_text(
    id: Id,
    request: Request,
    actor: Editor,
    deps: Needs,
    base: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Which revision was exported; the current one if left out.")
    ] = None,
) -> Comparison:
    """Compare what stands there now with what an import would make of it; changes nothing."""
    _, draft = await drafted(deps, id, actor)
    said = await said_by(*await _body(request), draft, await exported(deps, id, draft, base))
    return await asyncio.to_thread(compare, draft, as_imported(draft, said))


async def exported(deps: Deps, id: str, draft: Snapshot, number: int | None) -> Snapshot:
    """Return the revision that a document was exported of. Raises: Problem 404 when there is none of this number."""
    before = draft if number in (None, draft.revision) else await as_of(deps, id, number)
    if before is None:
        raise Problem(404, "unknown-revision", f"There is no revision {number} of this postmortem.", field="revision")
    return before


def as_imported(draft: Snapshot, said: Imported) -> Snapshot:
    """Return the revision that an import would make."""
    named = said.named()
    report = {**draft.report, **named.pop("sections", {})}
    return draft.model_copy(update={**named, "report": report, "revision": draft.revision + 1})


async def _base(deps: Deps, id: str, draft: Snapshot, base: Base) -> Snapshot:
    """Return the revision that was exported. Raises: Problem 412 when there was none of that text."""
    before = draft if base.revision == draft.revision else await as_of(deps, id, base.revision)
    if before is None or not before.content_hash.startswith(base.digest):
        text = "If-Match names no revision that there was; export the postmortem again, and apply your change to it."
        raise Problem(412, "stale-revision", text, field="If-Match", revision=draft.revision)
    return before


async def _body(request: Request) -> tuple[bytes, str]:
    return await request.body(), Head(request.scope["headers"]).media_type


async def said_by(body: bytes, kind: str, draft: Snapshot, before: Snapshot | None) -> Imported:
    """Return what a document says unlike a revision, or all of it. Raises: Problem 422 that names line or field."""
    try:
        said = await asyncio.to_thread(_said, body, kind, draft)
    except Unreadable as error:
        raise Problem(422, "unreadable-text", str(error), field="body", line=error.line) from error
    except ValidationError as error:
        raise from_validation([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from error
    for name in said.sections:
        if name not in draft.report:
            text = f"There is no section {name!r}; the template has {', '.join(draft.report)}."
            raise Problem(422, "unknown-section", text, field=f"sections.{name}")
    return await asyncio.to_thread(said.unlike, before) if before else said


def _said(body: bytes, kind: str, draft: Snapshot) -> Imported:
    if kind == MARKDOWN:
        return read(decoded(body), draft)
    found = Exported.model_validate_json(body)
    sections = {name: text or "" for name, text in found.sections.items()}
    return Imported(found.title, found.severity, found.services, sections, exact=True)
