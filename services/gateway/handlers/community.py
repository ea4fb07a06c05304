"""The community of reviewers as a whole: nobody is named, and nobody is told of."""

from __future__ import annotations

from datetime import timedelta
from enum import IntEnum
from typing import Annotated

from fastapi import APIRouter, Query

from services.gateway.domain.access import Act
from services.gateway.domain.community import Statistics, statistics
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from shared.contracts.commands import Actor

router = APIRouter(prefix="/v1/reviewers", tags=["reviewers"])


class Days(IntEnum):
    """How far back is looked. There are few choices: two that differ by one review would tell of that one."""

    MONTH = 30
    QUARTER = 90
    YEAR = 365


@router.get("/statistics", summary="See the community as a whole", **answers(Statistics, says="The figures."))
async def get_reviewer_statistics(
    actor: Annotated[Actor, may(Act.READ_REVIEWERS)],
    deps: Needs,
    days: Annotated[Days, Query(description="How far back.")] = Days.QUARTER,
) -> Statistics:
    """How many belong to it, how they answer, which services nobody knows. Groups of one or two people are left out."""
    now = deps.clock.now()
    since = now - timedelta(days=days)
    asked = await deps.library.parts(actor.email, since)
    passages = await deps.library.passages(actor.email, since, now, None, None)
    services = {service for passage in passages for service in passage.services}
    members = [known.reviewer for known in await deps.reviewers.listed()]
    return statistics(members, asked, services, since, now, deps.timezone)
