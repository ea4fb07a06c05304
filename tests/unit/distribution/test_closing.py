"""When a postmortem is closed: it is out, its mails are through, and what follows from it is filed."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.distribution import domain
from services.distribution.domain import Counts, Publication
from shared.contracts.action_items import ActionItem
from shared.contracts.closing import PostmortemClosed
from shared.contracts.decision import Decision
from shared.contracts.events import ActionItemAdded, ActionItemChanged
from tests.helpers.builders import NOW, PM, an_item
from tests.unit.distribution.fakes import TERMS, published

ONE, OTHER = "6f3f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11", "7f3f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11"
FILED = {"tracker_url": "https://tracker.example.com/CHK-77"}


def hear(publication: Publication | None, item: ActionItem) -> Decision[Publication]:
    fact = ActionItemAdded if item.version == 1 else ActionItemChanged
    return domain.hear_item(publication, fact(postmortem_id=PM, item=item), TERMS, NOW)


def closed(decision: Decision[Any]) -> list[PostmortemClosed]:
    return [event for event in decision.events if isinstance(event, PostmortemClosed)]


def through(publication: Publication) -> Decision[Publication]:
    """All mails are through."""
    decision = domain.complete_all(publication, PM, {2: Counts(accepted=1)}, NOW)
    return domain.close_when_filed(decision, PM, NOW)


@pytest.mark.parametrize(
    ("fields", "is_filed"),
    [
        ({}, False),
        ({"state": "in_progress"}, False),
        (FILED, True),
        ({"state": "done"}, True),
        ({"state": "wont_do", "reason": "The service goes away."}, True),
    ],
)
def test_an_item_is_filed_when_it_is_in_a_tracker_or_settled(fields: dict[str, Any], is_filed: bool) -> None:
    assert domain.is_filed(an_item(**fields)) is is_filed


def test_the_last_item_that_is_filed_closes_what_is_out_once() -> None:
    state = through(published("a@example.com")).state
    state = hear(hear(state, an_item(id=ONE)).state, an_item(id=OTHER, **FILED)).state
    last = hear(state, an_item(id=ONE, version=2, **FILED))
    assert [(event.revision, event.items, event.closed_at) for event in closed(last)] == [(2, 2, NOW)]
    again = hear(last.state, an_item(id=ONE, version=3, state="done"))
    assert (closed(again), again.state.closed_at) == ([], NOW)


def test_what_was_filed_before_is_closed_when_its_mails_are_through() -> None:
    state = hear(published("a@example.com"), an_item(**FILED))
    assert closed(state) == []
    assert len(closed(through(state.state))) == 1


def test_nothing_is_closed_before_it_is_out_or_without_action_items() -> None:
    assert closed(hear(None, an_item(**FILED))) == []
    assert closed(through(published("a@example.com"))) == []


def test_of_an_item_the_highest_version_counts_in_whatever_order_they_come() -> None:
    versions = [an_item(version=1), an_item(version=2, **FILED), an_item(version=3)]
    for order in permutations(versions):
        state: Publication | None = None
        for item in order:
            state = hear(state, item).state
        assert state is not None
        assert [each.version for each in state.items.values()] == [3]


def test_what_is_waited_for_goes_on_being_waited_for() -> None:
    waiting = domain.hear_approval(None, published().approved, TERMS, NOW)  # type: ignore[arg-type]  # it has one
    ended = waiting.state.changed(meeting_ended_at=NOW)
    assert hear(ended, an_item()).due == NOW + timedelta(hours=24)
