"""Postmortems for people: find, read, edit, submit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain import answer
from services.gateway.domain.access import Act
from services.gateway.domain.answers.postmortem import Postmortem, PostmortemPage
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.cursor import Position
from services.gateway.domain.timeliness import Timeliness
from services.gateway.domain.view import UNSTAMPED, View
from services.gateway.handlers import paging
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.conditions import IfMatch, IfNoneMatch, base_of, unless_had
from services.gateway.handlers.giving import Answered, IdempotencyKey, give
from services.gateway.handlers.merging import MERGED, edit, merged
from services.gateway.handlers.showing import WHOLE, Id, done, drafted, shown
from services.gateway.handlers.written import WrittenLine, WrittenText
from services.gateway.ports import Deps, Wanted
from shared.contracts.base import Email, Owner, Severity, Token
from shared.contracts.commands import Actor, RevisePostmortem, SubmitForReview
from shared.contracts.findings import Justification
from shared.contracts.values import SectionName, Status

router = APIRouter(prefix="/v1", tags=["postmortems"])

Filter = Annotated[str | None, Field(max_length=200)]


class Listing(BaseModel):
    """Which postmortems are listed, and from where on."""

    q: Filter = Field(default=None, description="Words of titles and texts.")
    status: Status | None = Field(default=None, description="How far it is; `skipped` ones are listed only by that.")
    timeliness: Timeliness | None = Field(default=None, description="How it stands to its deadline.")
    severity: Severity | None = Field(default=None, description="How bad it was.")
    service: Filter = Field(default=None, description="A service that was affected.")
    owner: Filter = Field(default=None, description="The owner's address.")
    tag: Filter = Field(default=None, description="A tag that it has.")
    cursor: paging.Cursor = None
    limit: paging.Limit = 50

    def filters(self) -> dict[str, str | None]:
        """Return what the list is searched by, as the caller gave it."""
        return {
            "q": self.q,
            "status": self.status,
            "timeliness": self.timeliness,
            "severity": self.severity,
            "service": self.service,
            "owner": self.owner,
            "tag": self.tag,
        }


EXAMPLE = {"title": "Search answered slowly", "sections": {"impact": "413 orders timed out.\n"}, "note": "Counted."}


def _told(schema: dict[str, Any]) -> None:
    """What is left out of a patch stays as it is; the values here that stand for it are nobody's business."""
    for field in schema["properties"].values():
        field.pop("default", None)
    schema["examples"] = [EXAMPLE]


class Patch(BaseModel):
    """A JSON merge patch (RFC 7396): what is named is replaced, a section set to null is emptied.

    `restricted`: only owner, people of the incident, reviewers and `readers` see that it exists; who that is, its owner
    or an admin decides. Like `tags` it is no part of the text: alone it makes no revision and voids no approval.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=_told)

    title: WrittenLine = ""
    severity: Severity = Severity.SEV3
    services: Annotated[tuple[Token, ...], Field(max_length=100)] = ()
    owner: Owner = Owner.model_construct(name="", email="")
    sections: dict[SectionName, WrittenText | None] = {}
    tags: Annotated[tuple[Token, ...], Field(max_length=50)] = ()
    restricted: bool = False
    readers: Annotated[tuple[Email, ...], Field(max_length=200)] = ()
    note: Annotated[str, Field(max_length=500)] = ""


class Submission(BaseModel):
    """What comes with a submission, which may be nothing: why what was found (`review.findings`) may stay."""

    model_config = ConfigDict(
        extra="forbid",
        **example({"justifications": [{"finding": "4f9c2d17aa03be58", "reason": "Revoked on the day."}]}),
    )

    justifications: Annotated[tuple[Justification, ...], Field(max_length=200)] = ()


NOTHING_SAID = Submission()


@router.get(
    "/postmortems", summary="Find postmortems", **answers(PostmortemPage, says="One page of them.", headers=["Link"])
)
async def list_postmortems(
    actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)], deps: Needs, listing: Annotated[Listing, Query()]
) -> Response:
    """List postmortems, newest first; `q` searches titles and texts. `Link: rel="next"` is the next page."""
    now, after = deps.clock.now(), _after(deps, listing)
    wanted = Wanted(reader=actor.email, now=now, **listing.filters(), after=after, limit=listing.limit + 1)
    views = await deps.library.listed(wanted)
    page, more = views[: listing.limit], len(views) > listing.limit
    cursor = deps.cursors.seal(_position(page[-1]), listing.filters()) if more else None
    items = tuple(answer.summary(view, view.draft, deps.public_url, now) for view in page if view.draft)
    body = PostmortemPage(items=items, next_cursor=cursor).model_dump(mode="json")
    return JSONResponse(body, headers=_link(deps, listing, cursor))


def _after(deps: Deps, listing: Listing) -> Position | None:
    return paging.after(deps, listing.cursor, listing.filters())


def _position(view: View) -> Position:
    return view.created_at or UNSTAMPED[0], view.id


def _link(deps: Deps, listing: Listing, cursor: str | None) -> dict[str, str]:
    return paging.link(deps, "/v1/postmortems", {**listing.filters(), "limit": listing.limit}, cursor)


@router.get(
    "/postmortems/{id}", summary="Read a postmortem", **answers(Postmortem, says="All of it.", headers=["ETag"])
)
async def get_postmortem(
    id: Id, actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)], deps: Needs, if_none_match: IfNoneMatch = ()
) -> Response:
    """Read one postmortem, with its review, meeting and publication; 304 when you have it just so."""
    return unless_had(await shown(deps, id, actor), if_none_match)


@router.patch(
    "/postmortems/{id}",
    summary="Change the text",
    **answers(
        Postmortem,
        "403 owner-or-admin-restricts",
        "409 already-published",
        "409 postmortem-skipped",
        "409 merged",
        "409 imported",
        "422 unknown-section",
        "422 secret-or-personal-data",
        "422 too-large",
        **MERGED,
    ),
)
async def patch_postmortem(
    id: Id,
    patch: Patch,
    actor: Annotated[Actor, may(Act.EDIT_POSTMORTEMS)],
    deps: Needs,
    key: IdempotencyKey = None,
    if_match: IfMatch = (),
) -> Response:
    """Change the text. What others have changed since your ETag stays.

    Of the same section or field it is 412, with `conflicts`: what stands there now, by whom. Of others it is merged:
    `X-Merged-From` is then the revision that yours was made on.
    """
    return await merged(deps, await patched(deps, id, actor, patch, key, if_match), id, actor)


async def patched(
    deps: Deps, id: str, actor: Actor, patch: Patch, key: str | None, if_match: tuple[str, ...]
) -> Answered:
    """Give a change of the text. Raises: as `edit`; Problem 404 when this person sees none, 428 without a base."""
    _, draft = await drafted(deps, id, actor)
    base = base_of(if_match, draft)
    change = patch.model_dump(exclude_unset=True)
    if "sections" in change:
        change["sections"] = {name: text or "" for name, text in change["sections"].items()}
    command = RevisePostmortem(
        postmortem_id=id,
        actor=actor,
        base_revision=base.revision,
        base_hash=base.digest,
        base_access=base.access,
        **change,
    )
    return await edit(deps, command, key, if_match)


@router.post(
    "/postmortems/{id}/submit",
    summary="Ask for a review",
    **answers(
        Postmortem,
        "409 already-submitted",
        "409 postmortem-skipped",
        "409 merged",
        "409 imported",
        "422 sections-missing",
        "422 secret-or-personal-data",
        "422 unknown-finding",
        "422 too-large",
        **WHOLE,
    ),
)
async def submit_postmortem(
    id: Id,
    actor: Annotated[Actor, may(Act.SUBMIT_POSTMORTEMS)],
    deps: Needs,
    submission: Annotated[Submission, Body()] = NOTHING_SAID,
    key: IdempotencyKey = None,
) -> Response:
    """Ask the community to review the current revision; `missing` says what could still be written.

    It is refused while a section is missing that its template says to block. Secrets and personal data are removed or
    justified first.
    """
    await drafted(deps, id, actor)
    command = SubmitForReview(postmortem_id=id, actor=actor, justifications=submission.justifications)
    return await done(deps, await give(deps, command, key), id, actor)
