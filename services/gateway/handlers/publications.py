"""What becomes of an approved postmortem: its publication, and the mail of each recipient."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.gateway.domain.access import Act
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.answers.publication import Deliveries
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, give
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import WHOLE, Id, done, drafted
from shared.contracts.commands import Actor, ListDeliveries, PublishPostmortem

router = APIRouter(prefix="/v1", tags=["publication"])


@router.post(
    "/postmortems/{id}/publish",
    summary="Publish now",
    **answers(
        Postmortem,
        "403 owner-or-admin-publishes",
        "409 not-approved",
        "409 already-published",
        "422 too-large",
        **WHOLE,
    ),
)
async def publish_postmortem(
    id: Id, actor: Annotated[Actor, may(Act.PUBLISH_POSTMORTEMS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Publish the approved revision now, without waiting for the meeting; owner or admin."""
    view, draft = await drafted(deps, id, actor)
    seen = draft.revision if view.status() == "approved" else None
    number = view.review.approved_round if seen else 0
    command = PublishPostmortem(postmortem_id=id, actor=actor, approved_revision=seen, approved_round=number)
    answered = await give(deps, command, key, but=frozenset({"approved_revision", "approved_round"}))
    return await done(deps, answered, id, actor)


@router.get(
    "/postmortems/{id}/deliveries",
    summary="See how the mails went",
    **answers(Deliveries, "503 room-away", "503 not-accepted", says="The mail of each recipient."),
)
async def list_deliveries(id: Id, actor: Annotated[Actor, may(Act.READ_DELIVERIES)], deps: Needs) -> Response:
    """See how the mail of each recipient went."""
    await drafted(deps, id, actor)
    answered = await give(deps, ListDeliveries(postmortem_id=id, actor=actor), None)
    if answered.reply is None:
        raise Problem(
            503, "room-away", "The distribution service does not answer; try again.", headers={"Retry-After": "5"}
        )
    return JSONResponse(answered.reply.data)
