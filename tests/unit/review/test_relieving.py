"""Who is asked in the place of whoever is silent or away, and who is told when nobody can be."""

from __future__ import annotations

from services.review import domain
from services.review.domain.attention import Attention
from shared.contracts.commands import Verdict
from shared.contracts.decision import Decision
from shared.contracts.events import DraftRevised
from tests.helpers.builders import NOW, a_draft
from tests.unit.review.passing_time import (
    COMMUNITY,
    DAY,
    HANA,
    HOUR,
    THURSDAY,
    TOKYO,
    engaged,
    in_review,
    two_of,
    with_timing,
)


def test_who_is_silent_for_eight_of_their_working_hours_is_kindly_relieved() -> None:
    passing = in_review()
    silent, at_it = passing.reviewers
    passing.say(at_it, Verdict.COMMENT)
    passing.until(NOW + DAY - HOUR)
    assert passing.told() == []
    passing.until(NOW + DAY)  # four hours on Monday, four on Tuesday
    assert passing.told("review_passed_on") == [("review_passed_on", silent.partition("@")[0], "Tue 03 13:00")]
    assert silent not in passing.reviewers
    assert at_it in passing.reviewers
    new = next(email for email in passing.reviewers if email != at_it)
    asked = next(reviewer for reviewer in passing.review.reviewers if reviewer.email == new)
    assert (asked.asked_at, asked.due) == (NOW + DAY, THURSDAY)
    assert asked.why[0] == "Somebody who was asked before you could not be reached in time."
    assert passing.assignments()[-1].reviewers == passing.review.reviewers
    assert [who for _, who, _ in passing.told("review_asked")][2:] == [new.partition("@")[0]]


def test_no_more_than_two_are_relieved_and_nobody_is_asked_again_who_was() -> None:
    passing = in_review()
    before = set(passing.reviewers)
    passing.until(NOW + 30 * DAY)
    relieved = {who for _, who, _ in passing.told("review_passed_on")}
    assert {f"{who}@example.com" for who in relieved} == before
    assert len(passing.told("review_passed_on")) == 2
    assert before.isdisjoint(passing.reviewers)


def test_where_nobody_else_is_left_owner_and_admins_are_told_at_once_and_only_once() -> None:
    passing = two_of(COMMUNITY[0], COMMUNITY[1])
    before = passing.reviewers
    passing.until(NOW + 60 * DAY)
    assert passing.reviewers == before
    assert passing.told("review_passed_on") == []
    assert len(passing.told("review_asked")) == 2
    assert passing.told("review_escalated") == [("review_escalated", who, "Tue 03 13:00") for who in ("owner", "hana")]
    assert {notice.why for notice in passing.notices() if notice.kind == "review_escalated"} == {
        ("It has 0 of the 2 approvals that it needs.", "Nobody else is left who could be asked.")
    }


def test_who_left_or_is_away_is_replaced_at_the_next_look_however_engaged_they_were_and_is_not_written_to() -> None:
    passing = engaged()
    gone, stays = passing.reviewers
    passing.leave(gone)
    passing.until(NOW + DAY)
    assert gone not in passing.reviewers
    assert stays in passing.reviewers
    assert passing.told("review_passed_on") == []
    assert len(passing.told("review_asked")) == 3
    assert passing.review.attention.passed_on == ()


def test_shortly_before_it_is_due_owner_and_admins_are_told_what_is_missing_and_never_who_is_slow() -> None:
    passing = engaged()
    passing.say(passing.reviewers[0])
    passing.until(NOW + 60 * DAY)
    assert passing.told("review_escalated") == [("review_escalated", who, "Thu 05 09:00") for who in ("owner", "hana")]
    (one, _) = [notice for notice in passing.notices() if notice.kind == "review_escalated"]
    assert one.due == THURSDAY
    assert one.why == ("It has 1 of the 2 approvals that it needs.",)
    assert passing.reviewers[1] not in one.model_dump_json()


def test_an_admin_far_away_is_told_in_their_morning() -> None:
    passing = engaged()
    passing.practice = with_timing(zones={HANA.email: TOKYO})
    passing.until(THURSDAY + 2 * DAY)
    assert passing.told("review_escalated") == [
        ("review_escalated", "owner", "Thu 05 09:00"),
        ("review_escalated", "hana", "Fri 06 01:00"),
    ]


def test_nobody_is_made_a_case_of_before_they_had_as_long_as_anybody_has() -> None:
    passing = engaged(NOW + 30 * HOUR)  # due in a day, of which eight hours are working time
    passing.until(NOW + 30 * DAY)
    assert {at for _, _, at in passing.told("review_escalated")} == {"Tue 03 13:00"}


def test_who_approved_an_earlier_revision_is_no_silent_one() -> None:
    passing = in_review()
    knows = passing.reviewers[0]
    reviewers = tuple(
        each.model_copy(update={"approved_revision": 1}) if each.email == knows else each
        for each in passing.review.reviewers
    )
    passing.commit(Decision(state=passing.review.changed(reviewers=reviewers)))
    passing.until(THURSDAY)
    assert knows in passing.reviewers
    assert len(passing.told("review_passed_on")) == 2


def test_another_round_of_the_same_postmortem_begins_anew() -> None:
    passing = in_review()
    passing.until(NOW + 30 * DAY)
    assert len(passing.review.attention.passed_on) == 2
    correction = a_draft(DraftRevised, revision=2, correction_of=1, status="draft", revised_at=NOW, revised_by="x")
    passing.commit(domain.follow_draft(passing.review, correction, passing.now))
    assert passing.review.attention == Attention()
