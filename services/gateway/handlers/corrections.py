"""Corrections: what is published is wrong; begin its next revision, give it up, and see what became of each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.gateway.domain import answer
from services.gateway.domain.access import Act
from services.gateway.domain.answers.corrections import CorrectionList
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.conditions import IfMatch, base_of, own
from services.gateway.handlers.giving import IdempotencyKey, give
from services.gateway.handlers.merging import MERGED, edit, merged
from services.gateway.handlers.showing import WHOLE, Id, done, drafted
from services.gateway.handlers.written import WrittenLine, WrittenText
from shared.contracts.base import NOT_BLANK, Severity, Token
from shared.contracts.commands import Actor, CorrectPostmortem
from shared.contracts.values import SectionName
from shared.contracts.withdrawing import WithdrawCorrection

router = APIRouter(prefix="/v1", tags=["publication"])


class NewCorrection(BaseModel):
    """What was wrong (it stands in the mail), and what is to stand there instead; that may also come later."""

    model_config = ConfigDict(
        extra="forbid",
        **example({"note": "It was 512 customers, not 412.", "sections": {"impact": "512 customers.\n"}}),
    )

    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), NOT_BLANK]
    title: WrittenLine | None = None
    severity: Severity | None = None
    services: Annotated[tuple[Token, ...] | None, Field(max_length=100)] = None
    sections: dict[SectionName, WrittenText | None] | None = None


@router.post(
    "/postmortems/{id}/corrections",
    summary="Correct what is published",
    **answers(
        Postmortem,
        "409 correction-open",
        "409 not-published",
        "409 imported",
        "422 unknown-section",
        "422 too-large",
        **MERGED,
    ),
)
async def correct_postmortem(
    id: Id,
    correction: NewCorrection,
    actor: Annotated[Actor, may(Act.CORRECT_POSTMORTEMS)],
    deps: Needs,
    key: IdempotencyKey = None,
    if_match: IfMatch = (),
) -> Response:
    """Begin a correction of what is published: a draft again, to be submitted, reviewed and then mailed by itself."""
    _, draft = await drafted(deps, id, actor)
    base = base_of(if_match, draft)
    change = correction.model_dump()
    if correction.sections is not None:
        change["sections"] = {name: text or "" for name, text in correction.sections.items()}
    command = CorrectPostmortem(
        postmortem_id=id, actor=actor, base_revision=base.revision, base_hash=base.digest, **change
    )
    return await merged(deps, await edit(deps, command, key, if_match), id, actor)


@router.delete(
    "/postmortems/{id}/corrections/current",
    summary="Withdraw a correction",
    **answers(
        Postmortem,
        "403 own-correction-only",
        "409 no-correction-open",
        "409 correction-approved",
        "409 published-text-not-kept",
        "422 too-large",
        **WHOLE,
    ),
)
async def withdraw_correction(
    id: Id, actor: Annotated[Actor, may(Act.CORRECT_POSTMORTEMS)], deps: Needs, if_match: IfMatch = ()
) -> Response:
    """Give up the correction that is open: a new revision has the text that is published, and nobody reviews it.

    Whoever opened it may, the owner or an admin, until it is approved. Nothing is published anew.
    """
    _, draft = await drafted(deps, id, actor)
    base = base_of(if_match, draft)
    command = WithdrawCorrection(postmortem_id=id, actor=actor)
    if not own(if_match, "base_revision"):
        command = WithdrawCorrection(postmortem_id=id, actor=actor, base_revision=base.revision, base_hash=base.digest)
    return await done(deps, await give(deps, command, None), id, actor)


@router.get("/postmortems/{id}/corrections", summary="List corrections", **answers(CorrectionList, says="All of them."))
async def list_corrections(id: Id, actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)], deps: Needs) -> Response:
    """List the corrections of a postmortem, the first one first: which revision, why, by whom, how far it is."""
    view, draft = await drafted(deps, id, actor)
    return JSONResponse(answer.corrections(view, draft).model_dump(mode="json"))
