"""Who reviews a postmortem, said by people: "I do it", "not I", "let them do it"."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain.access import Act
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, give
from services.gateway.handlers.showing import WHOLE, Id, done, drafted
from shared.contracts.assigning import ClaimReview, DeclineReview, HandOverReview, WhyNot
from shared.contracts.base import Email
from shared.contracts.commands import Actor

router = APIRouter(prefix="/v1/postmortems/{id}/reviewers", tags=["reviews"])
Whose = Annotated[Email | None, Field(description="For whom an admin speaks; left out, it is you.")]
BARRED = ("403 own-postmortem", "403 same-team", "409 not-a-member", "409 not-a-reader")
"""Rules that nobody can set aside."""
SPARED = ("409 declined-before", "409 reviewer-away", "409 at-capacity", "409 no-awake-hours")
"""Rules that spare people: who claims a review does it all the same."""
PLACES = ("409 already-reviewer", "409 learns-beside-another", "409 too-many-reviewers")
ALWAYS = ("403 own-review-or-admin", "409 not-in-review", "422 too-large")


class Claimed(BaseModel):
    """Who reviews it: you, unless an admin names somebody."""

    model_config = ConfigDict(extra="forbid", **example({"reviewer": "elias.berg@example.com"}))

    reviewer: Whose = None


YOURSELF = Claimed()


class Declined(BaseModel):
    """Why somebody does not review it; the community learns nothing of that, admins may ask."""

    model_config = ConfigDict(extra="forbid", **example({"reason": "I wrote the code that failed."}))

    reason: WhyNot
    reviewer: Whose = None


class HandedOver(BaseModel):
    """Who reviews it instead, and why; they are told so."""

    model_config = ConfigDict(
        extra="forbid", **example({"to": "elias.berg@example.com", "reason": "You know the index best."})
    )

    to: Email
    reason: WhyNot
    reviewer: Whose = None


@router.post("/claim", summary="Claim a review", **answers(Postmortem, *BARRED, *SPARED, *PLACES, *ALWAYS, **WHOLE))
async def claim_review(
    id: Id,
    actor: Annotated[Actor, may(Act.TAKE_REVIEWS)],
    deps: Needs,
    claimed: Claimed = YOURSELF,
    key: IdempotencyKey = None,
) -> Response:
    """Say "I do it": confirm that you review it, or join its reviewers. An admin may name somebody else."""
    await drafted(deps, id, actor)
    command = ClaimReview(postmortem_id=id, actor=actor, reviewer=claimed.reviewer)
    return await done(deps, await give(deps, command, key), id, actor)


@router.post(
    "/decline",
    summary="Decline a review",
    **answers(Postmortem, "403 assigned-reviewers-only", "409 already-approved", *ALWAYS, **WHOLE),
)
async def decline_review(
    id: Id, declined: Declined, actor: Annotated[Actor, may(Act.TAKE_REVIEWS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Say that you do not review it, with the reason. Another is asked at once, and you are not asked for it again."""
    await drafted(deps, id, actor)
    command = DeclineReview(postmortem_id=id, actor=actor, reason=declined.reason, reviewer=declined.reviewer)
    return await done(deps, await give(deps, command, key), id, actor)


@router.post(
    "/hand-over",
    summary="Hand over a review",
    **answers(
        Postmortem, "403 assigned-reviewers-only", "409 already-approved", *BARRED, *SPARED, *PLACES, *ALWAYS, **WHOLE
    ),
)
async def hand_over_review(
    id: Id, handed: HandedOver, actor: Annotated[Actor, may(Act.TAKE_REVIEWS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Let another member review it instead of you, unless a rule keeps them from it; the answer names the rule."""
    await drafted(deps, id, actor)
    command = HandOverReview(postmortem_id=id, actor=actor, **dict(handed))
    return await done(deps, await give(deps, command, key), id, actor)
