"""When an owner is told to submit before the meeting, and what is left to the reminders of the draft."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from services.review import domain
from services.review.domain import State
from shared.contracts.decision import Decision
from shared.contracts.events import DraftCreated
from tests.helpers.builders import NOW, a_draft
from tests.unit.review.passing_time import DAY, HOUR, Passing, engaged


@pytest.mark.parametrize("days", [4, 5, 8])
def test_the_owner_is_told_in_time_to_submit_before_the_meeting_and_once_when_it_is_late(days: int) -> None:
    passing = Passing()
    passing.commit(domain.follow_draft(None, a_draft(DraftCreated, deadline=NOW + 20 * DAY), NOW))
    passing.meet(NOW + days * DAY)
    passing.until(NOW + 30 * DAY)
    told = {
        4: ["Wed 04 13:00", "Thu 05 13:00"],
        5: ["Thu 05 13:00", "Fri 06 13:00"],
        8: ["Fri 06 16:00", "Mon 09 13:00"],
    }
    assert [(who, at) for _, who, at in passing.told()] == [("owner", at) for at in told[days]]
    assert [(notice.step, notice.due) for notice in passing.notices()] == [
        (step, NOW + (days - 1) * DAY) for step in (1, 2)
    ]


def test_an_owner_who_submits_in_time_hears_nothing_and_one_whose_meeting_is_near_is_not_caught_up_with() -> None:
    assert engaged().told("submit_due") == []
    near = Passing()
    near.draft()
    near.meet(NOW + DAY)  # as the calendar does it: as soon as it may be
    near.until(NOW + 30 * DAY)
    assert near.told() == []


@pytest.mark.parametrize(
    ("deadline", "told"),
    [
        (NOW + 4 * DAY, ["Wed 04 13:00"]),  # the second one falls together with a reminder of the draft
        (NOW + 3 * DAY - HOUR, []),
        (NOW + DAY, []),  # it is late already, of which drafting reminds daily
        (NOW + 20 * DAY, ["Wed 04 13:00", "Thu 05 13:00"]),
        (NOW + 4 * DAY + 11 * HOUR, ["Wed 04 13:00"]),
    ],
)
def test_what_drafting_reminds_of_around_that_time_is_not_said_twice(deadline: datetime, told: list[str]) -> None:
    passing = Passing()
    passing.commit(domain.follow_draft(None, a_draft(DraftCreated, deadline=deadline), NOW))
    passing.meet(NOW + 4 * DAY)
    passing.until(NOW + 30 * DAY)
    assert [at for _, _, at in passing.told()] == told


def test_when_the_meeting_moves_the_owner_is_told_for_the_new_time() -> None:
    passing = Passing()
    passing.commit(domain.follow_draft(None, a_draft(DraftCreated, deadline=NOW + 30 * DAY), NOW))
    passing.meet(NOW + 4 * DAY)
    passing.until(NOW + 2 * DAY)
    passing.meet(NOW + 9 * DAY, 1)
    passing.until(NOW + 30 * DAY)
    assert [at for _, _, at in passing.told()] == ["Wed 04 13:00", "Mon 09 13:00", "Tue 10 13:00"]


@pytest.mark.parametrize(
    "change", [{"state": State.PUBLISHED}, {"draft": {"correction_of": 1}}, {"draft": {"toggles": 1}}, {"merged": 1}]
)
def test_nobody_is_told_to_submit_what_is_published_a_correction_skipped_or_anothers(change: dict[str, Any]) -> None:
    passing = Passing()
    passing.commit(domain.follow_draft(None, a_draft(DraftCreated, deadline=NOW + 20 * DAY), NOW))
    passing.meet(NOW + 4 * DAY)
    draft = passing.review.draft.model_copy(update=change.pop("draft", {}))
    passing.commit(Decision(state=passing.review.changed(draft=draft, **change)))
    passing.until(NOW + 30 * DAY)
    assert passing.told() == []


def test_a_meeting_that_is_told_again_is_known_since_it_was_told_first() -> None:
    passing = Passing()
    passing.draft()
    passing.meet(NOW + 4 * DAY)
    passing.now = NOW + DAY
    passing.meet(NOW + 4 * DAY, 1)
    assert passing.review.meeting
    assert passing.review.meeting.known_at == NOW
    passing.meet(NOW + 5 * DAY, 2)
    assert passing.review.meeting.known_at == NOW + DAY
