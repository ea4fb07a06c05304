"""Which incidents get no postmortem: skip one with a reason, ask for one that was skipped."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from services.gateway.domain.access import Act
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, give
from services.gateway.handlers.showing import WHOLE, Id, done, drafted
from shared.contracts.commands import Actor
from shared.contracts.skipping import Reason, RequirePostmortem, SkipPostmortem

router = APIRouter(prefix="/v1", tags=["postmortems"])


class Skip(BaseModel):
    """Why there is to be no postmortem; everybody who sees it is shown that."""

    model_config = ConfigDict(extra="forbid", **example({"reason": "It was a drill."}))

    reason: Reason


class Require(BaseModel):
    """Why there is to be a postmortem after all."""

    model_config = ConfigDict(extra="forbid", **example({"reason": "Customers have noticed it."}))

    reason: Reason


@router.post(
    "/postmortems/{id}/skip",
    summary="Skip a postmortem",
    **answers(
        Postmortem,
        "403 owner-or-admin-skips",
        "409 already-published",
        "409 already-skipped",
        "409 merged",
        "409 imported",
        **WHOLE,
    ),
)
async def skip_postmortem(
    id: Id, skip: Skip, actor: Annotated[Actor, may(Act.SKIP_POSTMORTEMS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Say that this incident needs no postmortem. Its meeting and its review end; it stays, with the reason."""
    await drafted(deps, id, actor)
    command = SkipPostmortem(postmortem_id=id, actor=actor, reason=skip.reason)
    return await done(deps, await give(deps, command, key), id, actor)


@router.post(
    "/postmortems/{id}/require",
    summary="Ask for a postmortem that was skipped",
    **answers(Postmortem, "409 not-skipped", "409 merged", "422 too-large", **WHOLE),
)
async def require_postmortem(
    id: Id,
    require: Require,
    actor: Annotated[Actor, may(Act.REQUIRE_POSTMORTEMS)],
    deps: Needs,
    key: IdempotencyKey = None,
) -> Response:
    """Ask for a postmortem that the policy or a person has skipped: a draft again, whose deadline counts from now."""
    await drafted(deps, id, actor)
    command = RequirePostmortem(postmortem_id=id, actor=actor, reason=require.reason)
    return await done(deps, await give(deps, command, key), id, actor)
