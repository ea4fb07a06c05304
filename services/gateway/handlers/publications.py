"""What becomes of an approved postmortem: its publication, and the mail of each recipient."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.gateway.domain.access import Act
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, give
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import DONE_UNSEEN, Id, done, drafted
from shared.contracts.commands import Actor, ListDeliveries, PublishPostmortem

router = APIRouter(prefix="/v1", tags=["publication"])


@router.post("/postmortems/{id}/publish", responses=DONE_UNSEEN)
async def publish(
    id: Id, actor: Annotated[Actor, may(Act.PUBLISH_POSTMORTEMS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Publish the approved revision now, without waiting for the meeting; owner or admin."""
    await drafted(deps, id, actor)
    return await done(deps, await give(deps, PublishPostmortem(postmortem_id=id, actor=actor), key), id, actor)


@router.get("/postmortems/{id}/deliveries")
async def deliveries(id: Id, actor: Annotated[Actor, may(Act.READ_DELIVERIES)], deps: Needs) -> Response:
    """See how the mail of each recipient went."""
    await drafted(deps, id, actor)
    answered = await give(deps, ListDeliveries(postmortem_id=id, actor=actor), None)
    if answered.reply is None:
        raise Problem(
            503, "room-away", "The distribution service does not answer; try again.", headers={"Retry-After": "5"}
        )
    return JSONResponse(answered.reply.data)
