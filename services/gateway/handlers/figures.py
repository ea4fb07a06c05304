"""Figures of the whole installation: they are counted when somebody asks for metrics, once a minute at most.

Every gateway tells the same ones. What cannot be counted keeps its last value, and the log says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from prometheus_client import Gauge

from services.gateway.domain import operating
from services.gateway.domain.pages.waiting import UNFINISHED
from services.gateway.ports.figures import Figures, Standing
from services.gateway.ports.operating import Broker
from shared.clock import Clock
from shared.messaging import topology

POSTMORTEMS = Gauge("afterword_postmortems", "postmortems that are not published, by status", ["status"])
LATE = Gauge("afterword_postmortems_late", "postmortems that are not published and whose deadline has passed")
OLDEST_REVIEW = Gauge(
    "afterword_review_oldest_waiting_seconds", "how long the review that was asked for first has waited for its end"
)
PARKED = Gauge("afterword_parked_messages", "messages that wait for a human", ["room"])
QUEUED = Gauge("afterword_queued_messages", "messages that wait until a room takes them", ["room"])
FRESH_FOR = timedelta(minutes=1)
NOTHING = Standing(count=0, late=0, waiting_since=None)


class Counting:
    """Counts, for whoever asks, as long as what was counted last is not fresh."""

    def __init__(self, figures: Figures, broker: Broker, clock: Clock) -> None:
        self.figures = figures
        self.broker = broker
        self.clock = clock
        self._counted: dict[str, datetime] = {}

    async def library(self) -> None:
        """Count postmortems. Raises: whatever the store raises when it is away."""
        now = self.clock.now()
        if self._is_fresh("library", now):
            return
        found = await self.figures.unfinished(now)
        for status in UNFINISHED:
            POSTMORTEMS.labels(status).set(found.get(status, NOTHING).count)
        LATE.set(sum(each.late for each in found.values()))
        since = found.get("in_review", NOTHING).waiting_since
        OLDEST_REVIEW.set((now - since).total_seconds() if since else 0.0)
        self._counted["library"] = now

    async def queues(self) -> None:
        """Count what is parked, and what waits. Raises: Away."""
        now = self.clock.now()
        if self._is_fresh("queues", now):
            return
        state = await self.broker.state()
        for room in topology.HEARS:
            PARKED.labels(room).set(operating.parked_of(state, room))
            QUEUED.labels(room).set(operating.waiting_of(state, room))
        self._counted["queues"] = now

    def _is_fresh(self, what: str, now: datetime) -> bool:
        return what in self._counted and now - self._counted[what] < FRESH_FOR
