"""Postmortems for people: read, edit, submit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain.access import Act
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.conditions import IfMatch, IfNoneMatch, base_of, unless_had
from services.gateway.handlers.giving import Answered, IdempotencyKey, give
from services.gateway.handlers.merging import MERGED, edit, merged
from services.gateway.handlers.showing import WHOLE, Id, done, drafted, shown
from services.gateway.handlers.written import WrittenLine, WrittenText
from services.gateway.ports import Deps
from shared.contracts.base import Email, Owner, Severity, Token
from shared.contracts.commands import Actor, RevisePostmortem, SubmitForReview
from shared.contracts.findings import Justification
from shared.contracts.values import SectionName

router = APIRouter(prefix="/v1", tags=["postmortems"])

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
