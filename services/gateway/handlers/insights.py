"""What many postmortems tell together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from services.gateway.domain.access import Act
from services.gateway.domain.insights import Insights, Passage, insights, reached
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.base import Moment, Severity, Token
from shared.contracts.commands import Actor

router = APIRouter(prefix="/v1", tags=["insights"])
USUAL = timedelta(days=90)
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which postmortems are put together: those of incidents that ended from `since` until before `until`."""

    since: datetime
    until: datetime
    severity: str | None = None
    service: str | None = None


@router.get("/insights", summary="See what postmortems tell together", **answers(Insights, says="The figures."))
async def get_insights(
    actor: Annotated[Actor, may(Act.READ_INSIGHTS)],
    deps: Needs,
    since: Annotated[Moment | None, Query(description="Incidents that ended from then on; 90 days ago.")] = None,
    until: Annotated[Moment | None, Query(description="Incidents that ended before; now.")] = None,
    severity: Annotated[Severity | None, Query(description="Of this severity alone.")] = None,
    service: Annotated[Token | None, Query(description="Of this service alone.")] = None,
) -> Insights:
    """How many, of which severity and service, how long each step took, whether deadlines hold. Nobody is counted."""
    end = until or deps.clock.now()
    asked = Asked(since=since or end - USUAL, until=end, severity=severity, service=service)
    return (await gathered(deps, actor, asked))[1]


async def gathered(deps: Deps, actor: Actor, asked: Asked) -> tuple[Sequence[Passage], Insights]:
    """Return how far each postmortem has come, and what they tell together. Raises: Problem 422."""
    if not timedelta(0) < asked.until - asked.since <= LONGEST:
        text = f"since: the time from `since` to `until` is above 0 and at most {LONGEST.days} days"
        raise Problem(422, "invalid-field", text, field="since")
    reader, of = actor.email, (asked.severity, asked.service)
    now = deps.clock.now()
    passages = reached(await deps.library.passages(reader, asked.since, asked.until, *of), now)
    items = await deps.library.followed(reader, asked.since, *of)
    return passages, insights(passages, asked.since, asked.until, now, items)
