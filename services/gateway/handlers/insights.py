"""What many postmortems tell together."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from services.gateway.domain.access import Act
from services.gateway.domain.insights import Insights, insights
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.problems import Problem
from shared.contracts.base import Moment, Severity, Token
from shared.contracts.commands import Actor

router = APIRouter(prefix="/v1", tags=["insights"])
USUAL = timedelta(days=90)
LONGEST = timedelta(days=366)


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
    now = deps.clock.now()
    end = until or now
    start = since or end - USUAL
    if not timedelta(0) < end - start <= LONGEST:
        text = f"since: the time from `since` to `until` is above 0 and at most {LONGEST.days} days"
        raise Problem(422, "invalid-field", text, field="since")
    return insights(await deps.library.passages(actor.email, start, end, severity, service), start, end, now)
