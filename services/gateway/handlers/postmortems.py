"""Postmortems for people: read, edit, submit, review, publish."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain import answer
from services.gateway.domain.view import View
from services.gateway.handlers.caller import Needs, Reader
from services.gateway.handlers.giving import Answered, IdempotencyKey, accepted, ask_again, give
from services.gateway.handlers.problems import Problem, unknown
from services.gateway.ports import Deps, Wanted
from shared.contracts.base import Line, Owner, Severity, Text, Token
from shared.contracts.commands import (
    GiveVerdict,
    ListDeliveries,
    PublishPostmortem,
    RevisePostmortem,
    SubmitForReview,
    Verdict,
)
from shared.contracts.events import Snapshot
from shared.contracts.values import Comment, SectionName, Status

router = APIRouter(prefix="/v1", tags=["postmortems"])
pages = APIRouter()
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="The postmortem's id.")]


class Patch(BaseModel):
    """A JSON merge patch (RFC 7396): what is named is replaced, a section set to null is emptied."""

    model_config = ConfigDict(extra="forbid")

    title: Line = ""
    severity: Severity = Severity.SEV3
    services: Annotated[tuple[Token, ...], Field(max_length=100)] = ()
    owner: Owner = Owner.model_construct(name="", email="")
    sections: dict[SectionName, Text | None] = {}
    note: Annotated[str, Field(max_length=500)] = ""


class VerdictGiven(BaseModel):
    """A reviewer's word on one revision."""

    model_config = ConfigDict(extra="forbid")

    revision: Annotated[int, Field(ge=1)]
    verdict: Verdict
    comments: Annotated[tuple[Comment, ...], Field(max_length=200)] = ()


async def drafted(deps: Deps, id: str) -> tuple[View, Snapshot]:
    """Return a postmortem that has a draft. Raises: Problem 404."""
    view = await deps.library.state_of(id)
    if view is None or view.draft is None:
        raise unknown()
    return view, view.draft


async def shown(deps: Deps, id: str, status: int = 200) -> JSONResponse:
    """Answer with a whole postmortem and its ETag."""
    view, draft = await drafted(deps, id)
    return JSONResponse(
        answer.whole(view, draft, deps.public_url), status_code=status, headers={"ETag": answer.etag(draft)}
    )


@router.get("/postmortems")
async def list_postmortems(
    _: Reader,
    deps: Needs,
    q: Annotated[str | None, Query(max_length=200)] = None,
    status: Status | None = None,
    severity: Severity | None = None,
    service: str | None = None,
    owner: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, Any]:
    """List postmortems, newest first; `q` searches titles and texts."""
    views = await deps.library.listed(
        Wanted(
            q=q,
            status=status,
            severity=severity,
            service=service,
            owner=owner,
            after=_read_cursor(cursor),
            limit=limit + 1,
        )
    )
    items = [answer.summary(view, view.draft, deps.public_url) for view in views[:limit] if view.draft]
    return {"items": items, "next_cursor": _cursor(views[limit - 1]) if len(views) > limit else None}


@router.get("/postmortems/{id}")
async def get_postmortem(id: Id, _: Reader, deps: Needs) -> Response:
    """Read one postmortem, with its review, meeting and publication."""
    return await shown(deps, id)


@router.patch("/postmortems/{id}")
async def patch_postmortem(
    id: Id,
    patch: Patch,
    actor: Reader,
    deps: Needs,
    key: IdempotencyKey = None,
    if_match: Annotated[str | None, Header(alias="If-Match", description="The ETag that you read.")] = None,
) -> Response:
    """Change the text. A change since your ETag answers 412, so nobody's work is overwritten."""
    if if_match is None:
        raise Problem(
            428,
            "if-match-required",
            "Send If-Match with the ETag that you read, so that no other change is lost.",
            field="If-Match",
        )
    _, draft = await drafted(deps, id)
    base = answer.revision_of(if_match)
    if base is None or (base == draft.revision and if_match.strip() != answer.etag(draft)):
        raise Problem(
            412,
            "stale-revision",
            f"If-Match names no revision that is current; the ETag is {answer.etag(draft)}.",
            field="If-Match",
            revision=draft.revision,
        )
    change = patch.model_dump(exclude_unset=True)
    if "sections" in change:
        change["sections"] = {name: text or "" for name, text in change["sections"].items()}
    command = RevisePostmortem(postmortem_id=id, actor=actor, base_revision=max(1, base), **change)
    return await _done(deps, await give(deps, command, key), id)


@router.post("/postmortems/{id}/submit")
async def submit(id: Id, actor: Reader, deps: Needs, key: IdempotencyKey = None) -> Response:
    """Ask the community to review the current revision."""
    await drafted(deps, id)
    return await _done(deps, await give(deps, SubmitForReview(postmortem_id=id, actor=actor), key), id)


@router.post("/postmortems/{id}/reviews")
async def review(id: Id, verdict: VerdictGiven, actor: Reader, deps: Needs, key: IdempotencyKey = None) -> Response:
    """Approve a revision, ask for changes, or comment; only assigned reviewers may."""
    await drafted(deps, id)
    command = GiveVerdict(postmortem_id=id, actor=actor, **dict(verdict))
    return await _done(deps, await give(deps, command, key), id)


@router.post("/postmortems/{id}/publish")
async def publish(id: Id, actor: Reader, deps: Needs, key: IdempotencyKey = None) -> Response:
    """Publish the approved revision now, without waiting for the meeting; owner or admin."""
    await drafted(deps, id)
    return await _done(deps, await give(deps, PublishPostmortem(postmortem_id=id, actor=actor), key), id)


@router.get("/postmortems/{id}/deliveries")
async def deliveries(id: Id, actor: Reader, deps: Needs) -> Response:
    """See how the mail of each recipient went."""
    await drafted(deps, id)
    answered = await give(deps, ListDeliveries(postmortem_id=id, actor=actor), None)
    if answered.reply is None:
        raise Problem(
            503, "room-away", "The distribution service does not answer; try again.", headers={"Retry-After": "5"}
        )
    return JSONResponse(answered.reply.data)


@pages.get("/postmortems/{id}", include_in_schema=False)
async def page(id: Id, deps: Needs) -> Response:
    """The address that mails and calendar entries carry; it leads to the postmortem."""
    return RedirectResponse(f"{deps.public_url.rstrip('/')}/v1/postmortems/{id}", status_code=307)


@router.get("/commands/{id}")
async def command_status(id: Id, actor: Reader, deps: Needs) -> Response:
    """See what became of a request that was answered with 202."""
    given = await deps.commands.find(id)
    if given is None or given.principal != actor.email:
        raise Problem(404, "unknown-command", "There is no such request of yours; they are kept for 48 hours.")
    reply = await ask_again(deps, given)
    return JSONResponse({"status": "done" if reply else "accepted", "result": reply.data if reply else None})


async def _done(deps: Deps, answered: Answered, id: str) -> Response:
    """Answer with the postmortem as it is now, or 202 when its room has not replied yet."""
    return await shown(deps, id) if answered.reply else accepted(deps, answered.id)


def _cursor(view: View) -> str:
    """Return an opaque mark behind this view."""
    created = view.created_at.isoformat() if view.created_at else ""
    return base64.urlsafe_b64encode(orjson.dumps([created, view.id])).decode()


def _read_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    try:
        created, id = orjson.loads(base64.urlsafe_b64decode(cursor))
        return datetime.fromisoformat(created), str(id)
    except (ValueError, TypeError, binascii.Error) as error:
        raise Problem(
            422, "invalid-field", "cursor: not a cursor of this API; take `next_cursor` as it is.", field="cursor"
        ) from error
