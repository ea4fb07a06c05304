"""What becomes of an approved postmortem: its publication, and the mail of each recipient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from services.gateway.domain.access import Act
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.answers.publication import Deliveries
from services.gateway.domain.cursor import Position
from services.gateway.handlers import paging
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, give
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import WHOLE, Id, done, drafted
from shared.contracts.commands import Actor, ListDeliveries, PublishPostmortem
from shared.contracts.mailing import DeliveryPlace, DeliveryState

router = APIRouter(prefix="/v1", tags=["publication"])
EPOCH = datetime.fromtimestamp(0, UTC)


class Mails(BaseModel):
    """Which mails are listed, and from where on."""

    state: Annotated[DeliveryState | None, Field(description="Only those that stand so.")] = None
    cursor: paging.Cursor = None
    limit: Annotated[int, Field(ge=1, le=5000, description="The most that one page holds.")] = 5000


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
    **answers(Deliveries, "503 room-away", "503 not-accepted", says="The mail of each recipient.", headers=["Link"]),
)
async def list_deliveries(
    id: Id, actor: Annotated[Actor, may(Act.READ_DELIVERIES)], deps: Needs, listing: Annotated[Mails, Query()]
) -> Response:
    """See how the mail of each recipient went: the newest publication first, then by address."""
    await drafted(deps, id, actor)
    bound = {"deliveries": id, "state": listing.state}
    after = _place(paging.after(deps, listing.cursor, bound))
    command = ListDeliveries(postmortem_id=id, actor=actor, limit=listing.limit, after=after, state=listing.state)
    answered = await give(deps, command, None)
    if answered.reply is None:
        raise Problem(
            503, "room-away", "The distribution service does not answer; try again.", headers={"Retry-After": "5"}
        )
    told = answered.reply.data
    cursor = deps.cursors.seal(_position(told["deliveries"][-1]), bound) if told.get("more") else None
    body = {"percent": None, "stopped": None, **told, "next_cursor": cursor}
    body.pop("more", None)
    asked = {"state": listing.state, "limit": listing.limit}
    return JSONResponse(body, headers=paging.link(deps, f"/v1/postmortems/{id}/deliveries", asked, cursor))


def _position(delivery: Mapping[str, Any]) -> Position:
    return EPOCH, f"{delivery['revision']} {delivery['recipient']}"


def _place(position: Position | None) -> DeliveryPlace | None:
    if position is None:
        return None
    revision, _, recipient = position[1].partition(" ")
    return DeliveryPlace(revision=int(revision), recipient=recipient)
