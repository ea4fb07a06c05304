"""What happens when: until when a review is due, who is told before and after it, and who takes over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

import pytest

from services.review import domain
from services.review.domain import Member, Pool, State
from shared.contracts.commands import Verdict
from shared.contracts.events import DraftCreated, MeetingCancelled, MeetingScheduled
from shared.contracts.skipping import PostmortemSkipped
from tests.helpers.builders import NOW, a_draft
from tests.unit.review.passing_time import (
    COMMUNITY,
    DAY,
    HOUR,
    THURSDAY,
    TOKYO,
    Passing,
    cancelled,
    engaged,
    in_review,
    meeting,
    with_timing,
)
from tests.unit.review.test_domain import PUBLISHED

REMINDERS = ("review_due", "review_late")


@pytest.mark.parametrize(
    ("start", "deadline", "due"),
    [
        (NOW + 4 * DAY, NOW + 9 * DAY, NOW + 3 * DAY),  # a day before the meeting
        (None, NOW + 5 * DAY, NOW + 4 * DAY),  # without one: before the deadline
        (NOW + 30 * HOUR, NOW + 5 * DAY, NOW + DAY),  # nobody has less than a day
        (NOW - 30 * HOUR, NOW + 5 * DAY, NOW + DAY),
        (None, NOW - 5 * DAY, NOW + DAY),
        (None, datetime(9999, 12, 31, tzinfo=UTC), NOW + DAY),  # a slip of the pen
        (datetime(1, 1, 1, tzinfo=UTC), NOW + 5 * DAY, NOW + DAY),
    ],
)
def test_a_review_is_due_a_day_before_the_meeting_and_nobody_has_less_than_a_day(
    start: datetime | None, deadline: datetime, due: datetime
) -> None:
    passing = Passing()
    passing.commit(domain.follow_draft(None, a_draft(DraftCreated, deadline=deadline), NOW))
    if start:
        passing.meet(start)
    assert domain.review_due(passing.review, passing.practice, NOW) == due


def test_whatever_order_they_come_in_the_newest_word_of_the_meeting_counts() -> None:
    words: list[MeetingScheduled | MeetingCancelled] = [
        *(meeting(NOW + 4 * DAY), meeting(NOW + 5 * DAY, 1), meeting(NOW + 6 * DAY, 3)),
        cancelled(2),
    ]
    drafted = domain.follow_draft(None, a_draft(DraftCreated), NOW).state
    for order in permutations(words):
        review = drafted
        for word in order:
            review = domain.hear_meeting(review, word, NOW).state
        assert review.meeting
        assert review.meeting.start == NOW + 6 * DAY
        off = domain.hear_meeting(review, cancelled(4), NOW).state
        assert domain.review_due(off, Passing().practice, NOW) == NOW + 4 * DAY


def test_until_when_moves_with_the_meeting_and_reviewers_are_not_assigned_anew_for_it() -> None:
    passing = in_review()
    assert {reviewer.due for reviewer in passing.review.reviewers} == {THURSDAY}
    assert {reviewer.asked_at for reviewer in passing.review.reviewers} == {NOW}
    passing.meet(THURSDAY + 3 * DAY, 1)
    assert {reviewer.due for reviewer in passing.review.reviewers} == {THURSDAY + 2 * DAY}
    assert len(passing.assignments()) == 1


def test_who_is_at_it_is_reminded_a_day_before_and_on_three_working_days_after_it_is_due() -> None:
    passing = engaged()
    passing.until(NOW + 30 * DAY)
    first = passing.reviewers[0].partition("@")[0]
    assert [(kind, at) for kind, who, at in passing.told(*REMINDERS) if who == first] == [
        ("review_due", "Wed 04 13:00"),
        ("review_late", "Thu 05 13:00"),
        ("review_late", "Fri 06 13:00"),
        ("review_late", "Mon 09 09:00"),
    ]
    assert [notice.step for notice in passing.notices() if notice.kind == "review_late"] == [1, 1, 2, 2, 3, 3]
    assert passing.told("review_passed_on") == []


def test_what_falls_into_the_weekend_is_said_on_friday_before_it_is_due_and_on_monday_after() -> None:
    passing = engaged(NOW + 7 * DAY)  # on a Monday: due on Sunday, and the day before that is a Saturday
    passing.until(NOW + 7 * DAY)
    assert {(kind, at) for kind, _, at in passing.told(*REMINDERS)} == {
        ("review_due", "Fri 06 16:00"),
        ("review_late", "Mon 09 09:00"),
    }


def test_each_reviewer_is_told_by_their_own_clock() -> None:
    far = Member(name="Toshi", email="toshi@example.com", timezone="Asia/Tokyo")
    passing = engaged(pool=Pool(members=(far, COMMUNITY[0])))
    passing.until(THURSDAY + DAY)
    own = [n.at for n in passing.notices() if n.recipient.email == far.email and n.kind.value in REMINDERS]
    assert [f"{at.astimezone(TOKYO):%a %H:%M}" for at in own] == ["Wed 16:00", "Fri 09:00"]


def test_a_room_that_was_down_says_where_things_stand_now_and_nothing_of_what_it_missed() -> None:
    passing = engaged()
    passing.now = THURSDAY + DAY + HOUR
    passing.ring()
    assert {kind for kind, _, _ in passing.told(*REMINDERS)} == {"review_late"}
    assert len(passing.told(*REMINDERS)) == 2
    passing.ring()
    assert len(passing.told(*REMINDERS)) == 2, "nothing is said twice"


def test_who_has_approved_is_left_alone_and_reminded_again_once_it_has_changed() -> None:
    passing = engaged()
    passing.say(passing.reviewers[0])
    passing.until(THURSDAY + HOUR)
    other = passing.reviewers[1].partition("@")[0]
    assert {who for _, who, _ in passing.told(*REMINDERS)} == {other}
    passing.draft(2, "in_review")
    ask = passing.review.attention.of(passing.reviewers[0])
    assert ask
    assert (ask.since, ask.due) == (passing.now, passing.now + DAY)
    passing.until(THURSDAY + 2 * DAY)
    assert {who for _, who, _ in passing.told("review_late")} == {other, passing.reviewers[0].partition("@")[0]}


@pytest.mark.parametrize("end", ["approved", "changes", "published", "skipped"])
def test_nobody_is_told_of_what_needs_no_review_any_more(end: str) -> None:
    passing = engaged()
    first, second = passing.reviewers
    if end == "approved":
        passing.say(first)
        passing.say(second)
    elif end == "changes":
        passing.say(first, Verdict.REQUEST_CHANGES)
    elif end == "published":
        passing.commit(domain.close(passing.review, PUBLISHED))
    else:
        skipped = a_draft(PostmortemSkipped, toggles=1, skipped_at=NOW, skipped_by="x", reason="No need.")
        passing.commit(domain.follow_draft(passing.review, skipped, NOW))
    passing.until(NOW + 60 * DAY)
    kinds = {kind for kind, _, _ in passing.told()}
    assert kinds <= {"submit_due", "changes_requested"} if end == "changes" else kinds == set()


def test_when_it_is_submitted_again_everybody_is_asked_anew_and_may_be_told_again() -> None:
    passing = engaged()
    passing.until(THURSDAY + HOUR)
    passing.say(passing.reviewers[0], Verdict.REQUEST_CHANGES)
    passing.draft(2, "changes_requested")
    passing.until(THURSDAY + 7 * DAY)
    passing.submit(2)
    assert {ask.due for ask in passing.review.attention.asks} == {THURSDAY + 8 * DAY}
    before = len(passing.told("review_escalated"))
    passing.until(THURSDAY + 30 * DAY)
    assert len(passing.told("review_escalated")) == before + 2


def test_a_policy_may_want_none_of_it() -> None:
    passing = engaged()
    passing.practice = replace(with_timing(before=(), late_times=0, reassign_times=0), admins=())
    passing.until(NOW + 60 * DAY)
    assert [(kind, who) for kind, who, _ in passing.told()] == [("review_escalated", "owner")]


def test_a_review_that_was_open_before_this_was_kept_is_attended_to_from_its_next_change_on() -> None:
    passing = in_review()
    old = type(passing.review).model_validate(
        passing.review.model_dump(exclude={"attention", "meeting"}) | {"state": State.IN_REVIEW}
    )
    passing.state = old
    passing.now = NOW + 9 * DAY
    passing.say(passing.reviewers[0], Verdict.COMMENT)
    assert {ask.since for ask in passing.review.attention.asks} == {passing.now}
    assert passing.due
