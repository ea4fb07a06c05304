"""Figures that gateways tell of the whole installation, and how requests are counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from services.gateway.domain.operating import BrokerState, Depth
from services.gateway.handlers.figures import Counting
from services.gateway.ports.figures import Standing
from services.gateway.ports.operating import Away
from shared.testing import FixedClock
from tests.helpers.builders import NOW
from tests.helpers.front_door import Door


class Library:
    """What is not finished; counts how often that is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.standing: dict[str, Standing] = {}

    async def unfinished(self, now: datetime) -> Mapping[str, Standing]:
        self.asked += 1
        return self.standing


class Broker:
    """Queues, or nobody there."""

    def __init__(self) -> None:
        self.depths: list[Depth] | None = []

    async def state(self) -> BrokerState:
        if self.depths is None:
            raise Away("RabbitMQ does not answer")
        return BrokerState(version="4.2", depths=self.depths)


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_what_is_not_finished_is_counted_by_status_once_a_minute() -> None:
    library, clock = Library(), FixedClock(NOW)
    counting = Counting(library, Broker(), clock)
    library.standing = {
        "draft": Standing(count=3, late=1, waiting_since=None),
        "in_review": Standing(count=2, late=1, waiting_since=NOW - timedelta(hours=2)),
    }
    await counting.library()
    assert [value("afterword_postmortems", status=each) for each in ("draft", "in_review", "approved")] == [3, 2, 0]
    assert (value("afterword_postmortems_late"), value("afterword_review_oldest_waiting_seconds")) == (2, 7200)
    library.standing = {}
    await counting.library()
    assert (library.asked, value("afterword_postmortems", status="draft")) == (1, 3)
    clock.advance(timedelta(minutes=1))
    await counting.library()
    assert [value("afterword_postmortems", status=each) for each in ("draft", "in_review")] == [0, 0]
    assert value("afterword_review_oldest_waiting_seconds") == 0


async def test_queues_are_counted_by_room_and_keep_their_last_figure_while_the_broker_is_away() -> None:
    broker, clock = Broker(), FixedClock(NOW)
    counting = Counting(Library(), broker, clock)
    broker.depths = [
        Depth("review.DraftCreated.v1", 7),
        Depth("parking.review.DraftCreated.v1", 2),
        Depth("parking.drafting.IncidentReported.v1", 1),
    ]
    await counting.queues()
    assert value("afterword_parked_messages", room="review") == 2
    assert value("afterword_queued_messages", room="review") == 7
    assert value("afterword_parked_messages", room="drafting") == 1
    broker.depths = None
    clock.advance(timedelta(minutes=2))
    with pytest.raises(Away):
        await counting.queues()
    assert value("afterword_parked_messages", room="review") == 2


def requests(method: str, route: str, status: str) -> float:
    return value("afterword_http_requests_total", method=method, route=route, status=status) or 0


async def test_requests_are_counted_by_route_whatever_their_path_is() -> None:
    route = "/v1/postmortems/{id}"
    door = Door()
    before = requests("GET", route, "4xx"), requests("GET", "other", "4xx")
    for path in ("/v1/postmortems/1", "/v1/postmortems/2", "/no-such-page/1", "/no-such-page/2"):
        await door.send("GET", path)
    assert (requests("GET", route, "4xx"), requests("GET", "other", "4xx")) == (before[0] + 2, before[1] + 2)
    assert (value("afterword_http_request_seconds_count", method="GET", route=route) or 0) >= 2
