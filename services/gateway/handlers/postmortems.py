"""Postmortems for people: read, edit, submit, review, publish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain import answer, etags
from services.gateway.domain.cursor import NotACursor, Position
from services.gateway.domain.view import UNSTAMPED, View
from services.gateway.handlers.caller import Needs, Reader
from services.gateway.handlers.giving import Answered, IdempotencyKey, accepted, ask_again, give
from services.gateway.handlers.problems import Problem, unknown
from services.gateway.ports import Deps, Wanted
from shared.contracts import COMMANDS
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

IfMatch = Annotated[
    tuple[str, ...], Header(alias="If-Match", description="The ETag that you read; `*`: whatever stands there now.")
]
IfNoneMatch = Annotated[tuple[str, ...], Header(alias="If-None-Match", description="ETags that you have.")]
Filter = Annotated[str | None, Field(max_length=200)]


class Listing(BaseModel):
    """Which postmortems are listed, and from where on."""

    q: Filter = None
    status: Status | None = None
    severity: Severity | None = None
    service: Filter = None
    owner: Filter = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50

    def filters(self) -> dict[str, str | None]:
        """Return what the list is searched by, as the caller gave it."""
        return {
            "q": self.q,
            "status": self.status,
            "severity": self.severity,
            "service": self.service,
            "owner": self.owner,
        }


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


async def shown(deps: Deps, id: str) -> Response:
    """Answer with a whole postmortem and its ETag."""
    view, draft = await drafted(deps, id)
    response = JSONResponse(answer.whole(view, draft, deps.public_url))
    response.headers["ETag"] = etags.etag(draft, bytes(response.body))
    return response


@router.get("/postmortems")
async def list_postmortems(_: Reader, deps: Needs, listing: Annotated[Listing, Query()]) -> Response:
    """List postmortems, newest first; `q` searches titles and texts. `Link: rel="next"` is the next page."""
    wanted = Wanted(**listing.filters(), after=_after(deps, listing), limit=listing.limit + 1)
    views = await deps.library.listed(wanted)
    page, more = views[: listing.limit], len(views) > listing.limit
    cursor = deps.cursors.seal(_position(page[-1]), listing.filters()) if more else None
    items = [answer.summary(view, view.draft, deps.public_url) for view in page if view.draft]
    return JSONResponse({"items": items, "next_cursor": cursor}, headers=_link(deps, listing, cursor))


def _after(deps: Deps, listing: Listing) -> Position | None:
    try:
        return deps.cursors.open(listing.cursor, listing.filters()) if listing.cursor is not None else None
    except NotACursor as error:
        raise Problem(422, "invalid-field", f"cursor: {error}.", field="cursor") from error


def _position(view: View) -> Position:
    return view.created_at or UNSTAMPED[0], view.id


def _link(deps: Deps, listing: Listing, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    filters = {name: value for name, value in listing.filters().items() if value is not None}
    query = urlencode({**filters, "limit": listing.limit, "cursor": cursor})
    return {"Link": f'<{deps.public_url.rstrip("/")}/v1/postmortems?{query}>; rel="next"'}


@router.get("/postmortems/{id}", responses={304: {"description": "You have it just so."}})
async def get_postmortem(id: Id, _: Reader, deps: Needs, if_none_match: IfNoneMatch = ()) -> Response:
    """Read one postmortem, with its review, meeting and publication; 304 when you have it just so."""
    response = await shown(deps, id)
    same = etags.unchanged(if_none_match, response.headers["ETag"])
    return Response(status_code=304, headers={"ETag": same}) if same else response


@router.patch("/postmortems/{id}")
async def patch_postmortem(
    id: Id, patch: Patch, actor: Reader, deps: Needs, key: IdempotencyKey = None, if_match: IfMatch = ()
) -> Response:
    """Change the text. A change since your ETag answers 412, so nobody's work is overwritten."""
    _, draft = await drafted(deps, id)
    base = _base(if_match, draft)
    change = patch.model_dump(exclude_unset=True)
    if "sections" in change:
        change["sections"] = {name: text or "" for name, text in change["sections"].items()}
    command = RevisePostmortem(postmortem_id=id, actor=actor, base_revision=base, **change)
    ours = frozenset({"base_revision"}) if etags.is_any(if_match) else frozenset[str]()
    return await _done(deps, await give(deps, command, key, but=ours), id)


def _base(if_match: Sequence[str], draft: Snapshot) -> int:
    """Return the revision that the caller has seen. Raises: Problem 428 without If-Match, 412 for another one."""
    if not if_match:
        text = "Send If-Match with the ETag that you read, so that no other change is lost."
        raise Problem(428, "if-match-required", text, field="If-Match")
    base = etags.revision_meant(if_match, draft)
    if base is None:
        text = "If-Match names no revision that is current; read the postmortem again and send its ETag as it is."
        raise Problem(412, "stale-revision", text, field="If-Match", revision=draft.revision)
    return base


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
    if given is None or given.principal != actor.email or given.address not in COMMANDS:
        raise Problem(404, "unknown-command", "There is no such request of yours; they are kept for 48 hours.")
    reply = await ask_again(deps, given)
    return JSONResponse({"status": "done" if reply else "accepted", "result": reply.data if reply else None})


async def _done(deps: Deps, answered: Answered, id: str) -> Response:
    """Answer with the postmortem as it is now, or 202 when its room has not replied yet."""
    return await shown(deps, id) if answered.reply else accepted(deps, answered.id)
