"""The review of a postmortem: its reviewers' verdicts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain.access import Act
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, give
from services.gateway.handlers.showing import DONE_UNSEEN, Id, done, drafted
from shared.contracts.commands import Actor, GiveVerdict, Verdict
from shared.contracts.values import Comment

router = APIRouter(prefix="/v1", tags=["reviews"])


class VerdictGiven(BaseModel):
    """A reviewer's word on one revision."""

    model_config = ConfigDict(extra="forbid")

    revision: Annotated[int, Field(ge=1)]
    verdict: Verdict
    comments: Annotated[tuple[Comment, ...], Field(max_length=200)] = ()


@router.post("/postmortems/{id}/reviews", responses=DONE_UNSEEN)
async def review(
    id: Id,
    verdict: VerdictGiven,
    actor: Annotated[Actor, may(Act.GIVE_VERDICTS)],
    deps: Needs,
    key: IdempotencyKey = None,
) -> Response:
    """Approve a revision, ask for changes, or comment; only assigned reviewers may."""
    await drafted(deps, id, actor)
    command = GiveVerdict(postmortem_id=id, actor=actor, **dict(verdict))
    return await done(deps, await give(deps, command, key), id, actor)
