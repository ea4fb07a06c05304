"""The history of a postmortem: its revisions, what changed between them, and copies to give away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from services.gateway.domain import document
from services.gateway.domain.access import Act
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.history import Comparison, Revision, compare
from services.gateway.handlers import paging
from services.gateway.handlers.answering import BINARY, TEXT, answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id, drafted, whole_for
from services.gateway.ports import CannotPrint, Deps
from shared.contracts.base import Owner, Severity
from shared.contracts.commands import Actor
from shared.contracts.values import Report

router = APIRouter(prefix="/v1/postmortems/{id}", tags=["history"])
Reader = Annotated[Actor, may(Act.READ_POSTMORTEMS)]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
EPOCH = datetime.fromtimestamp(0, UTC)
ALONE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


SUMMARY: dict[str, Any] = {
    "revision": 2,
    "at": "2026-03-02T12:00:00Z",
    "by": "owner@example.com",
    "note": "Counted.",
    "title": "Checkout answers slowly",
    "content_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


class RevisionSummary(BaseModel):
    """Who made a revision, when (UTC), and why."""

    revision: int
    at: datetime
    by: str
    note: str
    title: str
    content_hash: str


class RevisionPage(BaseModel):
    """Revisions, newest first; `next_cursor` leads on until it is null."""

    model_config = example({"items": [SUMMARY], "next_cursor": "q83vEjRWeJASNFZ4kBI0Vlsi"})

    items: list[RevisionSummary]
    next_cursor: str | None


class WholeRevision(RevisionSummary):
    """One revision with its text, as it was then."""

    model_config = example(
        {
            **SUMMARY,
            "severity": "sev2",
            "services": ["checkout"],
            "tags": ["database"],
            "owner": {"name": "Olga Owner", "email": "owner@example.com"},
            "sections": {"impact": "413 orders timed out.\n", "what_happened": ""},
            "missing": ["what_happened"],
        }
    )

    severity: Severity
    services: tuple[str, ...]
    tags: tuple[str, ...]
    owner: Owner
    sections: Report
    missing: tuple[str, ...]


@router.get("/revisions", summary="List the revisions", **answers(RevisionPage, says="One page of them."))
async def list_revisions(
    id: Id,
    actor: Reader,
    deps: Needs,
    cursor: Annotated[paging.Cursor, Query()] = None,
    limit: Annotated[paging.Limit, Query()] = 50,
) -> RevisionPage:
    """Every change of the text is a revision; newest first."""
    await drafted(deps, id, actor)
    found = await deps.history.revisions(id, _before(deps, cursor, id), limit + 1)
    page, more = found[:limit], len(found) > limit
    after = deps.cursors.seal((EPOCH, str(page[-1].number)), {"revisions": id}) if more else None
    return RevisionPage(items=[RevisionSummary(**_summary(each)) for each in page], next_cursor=after)


def _before(deps: Deps, cursor: str | None, id: str) -> int | None:
    last = paging.after(deps, cursor, {"revisions": id})
    return int(last[1]) if last else None


@router.get(
    "/revisions/{number}",
    summary="Read one revision",
    **answers(WholeRevision, "404 unknown-revision", says="The revision."),
)
async def get_revision(
    id: Id, number: Annotated[Number, Path(description="Which revision.")], actor: Reader, deps: Needs
) -> WholeRevision:
    """The text as it was then; it never changes any more."""
    await drafted(deps, id, actor)
    revision = await kept(deps, id, number)
    text = {name: getattr(revision.draft, name) for name in ("severity", "services", "tags", "owner", "missing")}
    return WholeRevision(**_summary(revision), **text, sections=revision.draft.report)


@router.get(
    "/diff", summary="Compare two revisions", **answers(Comparison, "404 unknown-revision", says="The differences.")
)
async def compare_revisions(
    id: Id,
    actor: Reader,
    deps: Needs,
    older: Annotated[
        Number | None, Query(alias="from", description="The older; the one before `to` when left out.")
    ] = None,
    newer: Annotated[Number | None, Query(alias="to", description="The newer; the current one when left out.")] = None,
) -> Comparison:
    """What the newer revision has changed, section by section and word by word."""
    _view, draft = await drafted(deps, id, actor)
    to = newer or draft.revision
    start = older or max(to - 1, 1)
    if start > to:
        raise Problem(
            422, "invalid-field", f"from: revision {start} is newer than {to}; turn them round.", field="from"
        )
    before, after = [(await kept(deps, id, number)).draft for number in (start, to)]
    return await asyncio.to_thread(compare, before, after)


class Format(StrEnum):
    """What a postmortem can be exported as."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"
    PDF = "pdf"


MEDIA_TYPES = {
    Format.MARKDOWN: "text/markdown; charset=utf-8",
    Format.HTML: "text/html; charset=utf-8",
    Format.JSON: "application/json",
    Format.PDF: "application/pdf",
}
FILES: dict[str, Any] = {
    "application/pdf": BINARY,
    "application/json": {"schema": {"$ref": "#/components/schemas/Postmortem"}},
    "text/html": TEXT,
    "text/markdown": TEXT,
}


@router.get(
    "/export",
    summary="Export as a file",
    **answers(FILES, "404 unknown-revision", "501 cannot-print", says="The file.", headers=["Content-Disposition"]),
)
async def export_postmortem(
    id: Id,
    actor: Reader,
    deps: Needs,
    format: Annotated[Format, Query(description="md, html, json or pdf")] = Format.MARKDOWN,
    revision: Annotated[Number | None, Query(description="Which revision; the current one when left out.")] = None,
) -> Response:
    """A copy that stands alone: Markdown, HTML, JSON as the API answers it, or PDF."""
    view, draft = await drafted(deps, id, actor)
    timeline = view.timeline
    if revision is not None:
        draft = (await kept(deps, id, revision)).draft
        timeline = draft.timeline
    url = f"{deps.public_url.rstrip('/')}/postmortems/{id}"
    copy = document.Document(draft=draft, timeline=timeline, url=url)
    if format is Format.JSON:
        content = bytes(JSONResponse((await whole_for(deps, view, draft, actor)).model_dump(mode="json")).body)
    else:
        content = await asyncio.to_thread(_printed, deps, copy, format)
    return Response(
        content,
        media_type=MEDIA_TYPES[format],
        headers={
            "Content-Disposition": f'attachment; filename="{copy.filename(format.value)}"',
            "Content-Security-Policy": ALONE,
        },
    )


def _printed(deps: Deps, copy: document.Document, format: Format) -> bytes:
    try:
        match format:
            case Format.HTML:
                return deps.printer.html(copy)
            case Format.PDF:
                return deps.printer.pdf(copy)
            case _:
                return document.markdown(copy).encode()
    except CannotPrint as error:
        raise Problem(501, "cannot-print", f"{error}; take format=html and print that.", field="format") from error


async def kept(deps: Deps, id: str, number: int) -> Revision:
    """Return one revision as it was written. Raises: Problem 404."""
    revision = await deps.history.revision(id, number)
    if revision is None:
        raise Problem(404, "unknown-revision", f"There is no revision {number} of this postmortem.", field="revision")
    return revision


def _summary(revision: Revision) -> dict[str, Any]:
    said = {name: getattr(revision, name) for name in ("at", "by", "note")}
    return {
        "revision": revision.number,
        "title": revision.draft.title,
        "content_hash": revision.draft.content_hash,
        **said,
    }
