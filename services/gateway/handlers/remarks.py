"""How a postmortem is told: the remarks on it, and which of them are not for this text."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain import etags, remarks
from services.gateway.domain.access import Act
from services.gateway.domain.answers.remarks import RemarkList
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.conditions import IfNoneMatch, unless_had
from services.gateway.handlers.giving import Answered, accepted, give
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps
from shared.contracts.coaching import DismissRemark, RemarkSeverity, RestoreRemark
from shared.contracts.commands import Actor
from shared.contracts.skipping import Reason

router = APIRouter(prefix="/v1/postmortems/{id}/remarks", tags=["reviews"])
RemarkId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", description="The remark's id.")]
ALL: dict[str, Any] = {"says": "The remarks as they are now.", "headers": ["ETag"], "later": True, "unseen": True}


class Asked(BaseModel):
    """Which remarks are listed."""

    severity: Annotated[RemarkSeverity | None, Field(description="How much they weigh.")] = None
    section: Annotated[str | None, Field(max_length=100, description="The section that they are about.")] = None
    dismissed: Annotated[bool | None, Field(description="Only those that are dismissed, or only the others.")] = None


EVERY = Asked()


class Dismiss(BaseModel):
    """Why a remark is not for this text; everybody who sees the postmortem is shown that."""

    model_config = ConfigDict(extra="forbid", **example({"reason": "It is the name of the pod, not of a person."}))

    reason: Reason


@router.get("", summary="List the remarks", **answers(RemarkList, says="The remarks.", headers=["ETag"]))
async def list_remarks(
    id: Id,
    actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)],
    deps: Needs,
    asked: Annotated[Asked, Query()],
    if_none_match: IfNoneMatch = (),
) -> Response:
    """List what is remarked on the text: words that blame or judge, and what a reader would miss.

    Each revision is checked a moment after it is made; `revision` says which one this is about. 304 when you have it.
    """
    return unless_had(await _listed(deps, id, actor, asked), if_none_match)


@router.put(
    "/{remark}/dismissal",
    summary="Dismiss a remark",
    **answers(RemarkList, "404 unknown-remark", "422 too-large", "503 not-accepted", **ALL),
)
async def dismiss_remark(
    id: Id, remark: RemarkId, dismiss: Dismiss, actor: Annotated[Actor, may(Act.EDIT_POSTMORTEMS)], deps: Needs
) -> Response:
    """Say that a remark is not for this text, and why. It stays so, in later revisions too, until the sentence changes.

    The same again changes nothing; another reason takes the place of the one before.
    """
    await drafted(deps, id, actor)
    command = DismissRemark(postmortem_id=id, actor=actor, remark=remark, reason=dismiss.reason)
    return await _done(deps, await give(deps, command, None), id, actor)


@router.delete(
    "/{remark}/dismissal",
    summary="Let a remark count again",
    **answers(RemarkList, "404 unknown-remark", "422 too-large", "503 not-accepted", **ALL),
)
async def restore_remark(
    id: Id, remark: RemarkId, actor: Annotated[Actor, may(Act.EDIT_POSTMORTEMS)], deps: Needs
) -> Response:
    """Take a dismissal back; without one it is as it was."""
    await drafted(deps, id, actor)
    command = RestoreRemark(postmortem_id=id, actor=actor, remark=remark)
    return await _done(deps, await give(deps, command, None), id, actor)


async def _listed(deps: Deps, id: str, actor: Actor, asked: Asked) -> Response:
    view, draft = await drafted(deps, id, actor)
    found = remarks.listed(view, draft, asked.severity, asked.section, dismissed=asked.dismissed)
    response = JSONResponse(found.model_dump(mode="json"))
    response.headers["ETag"] = etags.of_bytes(bytes(response.body))
    return response


async def _done(deps: Deps, answered: Answered, id: str, actor: Actor) -> Response:
    """Answer with the remarks as they are now; 202 and 204 as everywhere (`showing.done`)."""
    if answered.reply is None:
        return accepted(deps, answered.id)
    if await deps.library.seen_by(actor.email, id) is None:
        return Response(status_code=204)
    return await _listed(deps, id, actor, EVERY)
