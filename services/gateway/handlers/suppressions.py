"""Addresses that get no mail because it came back: admins see them, and let mail go there again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from services.gateway.domain.access import Act
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers import paging
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, accepted, give
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.base import Email
from shared.contracts.bounces import BounceKind, LiftSuppression, ListSuppressions
from shared.contracts.commands import Actor

router = APIRouter(prefix="/v1/suppressions", tags=["lists"])
LIST = "/v1/suppressions"
ALL = {"suppressions": "all"}
EPOCH = datetime.fromtimestamp(0, UTC)
EXAMPLE: dict[str, Any] = {
    "email": "left@example.com",
    "since": "2026-03-05T15:00:00Z",
    "kind": "hard",
    "status": "5.1.1",
    "reply": "550 5.1.1 <left@example.com>: Recipient address rejected: User unknown",
    "bounces": 2,
    "list": "engineering",
}


class SuppressionShown(BaseModel):
    """An address that gets no mail, since when, and why: what the server there said last, and how often.

    `list` is the list that named the person then; empty for a mail to one person.
    """

    model_config = example(EXAMPLE)

    email: str
    since: datetime
    kind: BounceKind
    status: str
    reply: str
    bounces: int
    list: str


class SuppressionPage(BaseModel):
    """Addresses that get no mail, by address; `next_cursor` leads on until it is null."""

    model_config = example({"items": [EXAMPLE], "next_cursor": None})

    items: list[SuppressionShown]
    next_cursor: str | None = None


@router.get(
    "",
    summary="List addresses that get no mail",
    **answers(SuppressionPage, "503 room-away", "503 not-accepted", says="One page of them."),
)
async def list_suppressions(
    actor: Annotated[Actor, may(Act.READ_SUPPRESSIONS)],
    deps: Needs,
    cursor: Annotated[paging.Cursor, Query()] = None,
    limit: Annotated[paging.Limit, Query()] = 50,
) -> Response:
    """List the addresses from which mail came back too often, so that no more goes there; admins only."""
    page = await suppressed(deps, actor, cursor, limit)
    headers = paging.link(deps, LIST, {"limit": limit}, page.next_cursor)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)


async def suppressed(deps: Deps, actor: Actor, cursor: str | None, limit: int) -> SuppressionPage:
    """Return a page of the addresses that get no mail. Raises: Problem, Unavailable."""
    asked = ListSuppressions(actor=actor, after=_after(deps, cursor), limit=limit)
    answered = await give(deps, asked, None)
    if answered.reply is None:
        text = "The distribution service does not answer; try again."
        raise Problem(503, "room-away", text, headers={"Retry-After": "5"})
    items = [SuppressionShown.model_validate(item) for item in answered.reply.data["items"]]
    more = answered.reply.data["more"] and items
    return SuppressionPage(items=items, next_cursor=deps.cursors.seal((EPOCH, items[-1].email), ALL) if more else None)


@router.delete(
    "/{email}",
    summary="Let mail go to an address again",
    **answers({}, "404 unknown-suppression", "422 too-large", status=204, says="It is done.", later=True),
)
async def lift_suppression(
    email: Annotated[Email, Path(description="The address.")],
    actor: Annotated[Actor, may(Act.CHANGE_SUPPRESSIONS)],
    deps: Needs,
    key: IdempotencyKey = None,
) -> Response:
    """Let mail go to an address again, and forget what came back before; admins only."""
    answered = await give(deps, LiftSuppression(actor=actor, email=email), key)
    return Response(status_code=204) if answered.reply else accepted(deps, answered.id)


def _after(deps: Deps, cursor: str | None) -> str:
    last = paging.after(deps, cursor, ALL)
    return str(last[1]) if last else ""
