"""Who reviews a postmortem, said on a page: "I do it", "not I", "let them do it"."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Act
from services.gateway.handlers.assigning import (
    Claimed,
    Declined,
    HandedOver,
    claim_review,
    decline_review,
    hand_over_review,
)
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import see
from services.gateway.handlers.pages.reviewing import Said, path, refused
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id

router = APIRouter(prefix="/postmortems/{id}/review", include_in_schema=False)
Taker = Annotated[Visitor, visitor(Act.TAKE_REVIEWS)]


@router.post("/claim")
async def claim(id: Id, request: Request, who: Taker, deps: Needs) -> Response:
    """Say "I do it"."""
    given = await fields(request)
    try:
        answer = await claim_review(id, who.actor, deps, Claimed(), await key_of(request))
    except Problem as problem:
        return await refused(id, request, who, deps, Said("claim", given, problem))
    return see(path(id, given.get("since")), outcome(answer, "claimed"))


@router.post("/decline")
async def decline(id: Id, request: Request, who: Taker, deps: Needs) -> Response:
    """Say "not I", and why; the queue is what is left to do."""
    given = await fields(request)
    try:
        declined = read(Declined, {"reason": _reason(given)})
        answer = await decline_review(id, declined, who.actor, deps, await key_of(request))
    except Problem as problem:
        return await refused(id, request, who, deps, Said("decline", given, problem))
    return see("/reviews", outcome(answer, "review-declined"))


@router.post("/hand-over")
async def hand_over(id: Id, request: Request, who: Taker, deps: Needs) -> Response:
    """Say "let them do it", and why."""
    given = await fields(request)
    try:
        handed = read(HandedOver, {"to": given.get("to", ""), "reason": _reason(given)})
        answer = await hand_over_review(id, handed, who.actor, deps, await key_of(request))
    except Problem as problem:
        return await refused(id, request, who, deps, Said("hand-over", given, problem))
    return see("/reviews", outcome(answer, "handed-over"))


def _reason(given: dict[str, str]) -> str:
    reason = given.get("reason", "").strip()
    if not reason:
        raise Problem(422, "invalid-field", "Say why, in a few words.", field="reason")
    return reason
