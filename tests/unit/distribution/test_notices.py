"""Notices to one person: which are written, and which are no longer true when they are to be mailed."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.distribution.domain import Fact, Notice, Publication, hear_notice, notice_of, why_not
from services.distribution.domain.notices import REMINDER_LASTS
from shared.contracts.base import Owner
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import ADA, BEN, TERMS, a_notice, assigned, meeting_ended, published, reminder

HOUR = timedelta(hours=1)
CLEO = Owner(name="Cleo Papas", email="cleo@example.com")
MAYBE = frozenset({"draft_due", "draft_late"})


def heard(*facts: tuple[str, Fact], before: Publication | None = None) -> Publication:
    state = before
    for id, fact in facts:
        state = hear_notice(state, id, fact, TERMS, NOW).state
    assert state
    return state


def restricted_to(*emails: str, **fields: Any) -> Publication:
    known = published("a@example.com", **fields)
    circle = known.circle.changed(restricted=True, people=frozenset(emails))
    return known.changed(circle=circle, edition=None)


def test_the_newest_owner_is_the_one_that_was_said_last_whatever_order_they_come_in() -> None:
    facts = [
        ("1", assigned(ADA)),
        ("2", assigned(BEN, assigned_at=NOW + HOUR)),
        ("3", assigned(ADA, assigned_at=NOW + 2 * HOUR)),
        ("4", assigned(CLEO, assigned_at=NOW + 2 * HOUR)),
    ]
    told = {heard(*order).told for order in permutations(facts)}
    assert len(told) == 1
    newest = told.pop().newest
    assert newest
    assert (newest.fact, newest.email) == ("4", "cleo@example.com")


def test_hearing_a_notice_leaves_the_publication_and_its_timer_alone() -> None:
    known = published("a@example.com").changed(meeting_ended_at=meeting_ended().ended_at)
    decision = hear_notice(known, "1", assigned(), TERMS, NOW)
    assert decision.events == ()
    assert decision.due
    assert decision.state.changed(told=known.told) == known
    assert hear_notice(known, "1", reminder(), TERMS, NOW).state == known
    assert hear_notice(None, "1", reminder(), TERMS, NOW).state == Publication()


def test_a_reminder_of_the_draft_continues_the_mail_that_gave_it_to_the_same_person() -> None:
    known = heard(("1", assigned(ADA)), ("2", assigned(BEN, assigned_at=NOW + HOUR)))
    assert notice_of(known, "9", reminder("draft_due", ADA)).follows == "1"
    assert notice_of(known, "9", reminder("draft_late", BEN)).follows == "2"
    assert notice_of(known, "9", reminder("draft_late", CLEO)).follows is None
    assert notice_of(known, "9", reminder("item_due", ADA)).follows is None
    assert notice_of(None, "9", reminder()).follows is None


def test_whoever_gets_it_back_finds_it_under_the_mail_they_got_first_and_a_repeat_follows_nothing() -> None:
    known = heard(("1", assigned(ADA)))
    assert notice_of(known, "3", assigned(ADA, assigned_at=NOW + HOUR)).follows == "1"
    assert notice_of(known, "1", assigned(ADA)).follows is None


def test_only_the_newest_of_all_who_were_given_it_is_told() -> None:
    facts = [("1", assigned(ADA)), ("2", assigned(BEN, assigned_at=NOW + HOUR))]
    known = heard(*facts)
    reasons = [why_not(Notice(id=id, fact=fact), known, NOW) for id, fact in facts]
    assert reasons == ["ben@example.com was given it since", None]
    again = heard(("3", assigned(ADA, assigned_at=NOW + 2 * HOUR)), before=known)
    assert [bool(why_not(Notice(id=id, fact=fact), again, NOW)) for id, fact in facts] == [True, True]


def test_who_was_given_it_is_told_however_long_the_relay_was_away() -> None:
    known = heard(("1", assigned(ADA)))
    assert why_not(a_notice(id="1"), known, NOW + timedelta(days=3)) is None


def test_one_that_is_sent_before_its_own_commit_is_told_beside_older_news() -> None:
    known = heard(("1", assigned(ADA)))
    assert why_not(a_notice(assigned(BEN, assigned_at=NOW + HOUR), "2"), known, NOW) is None
    assert why_not(a_notice(), Publication(), NOW) is None


@pytest.mark.parametrize("kind", ["draft_due", "draft_late", "item_due", "item_late"])
def test_nobody_is_reminded_of_a_draft_that_was_given_to_another_since(kind: str) -> None:
    known = heard(("1", assigned(ADA)), ("2", assigned(BEN, assigned_at=NOW + HOUR)))
    reason = why_not(a_notice(reminder(kind, ADA), "9"), known, NOW + HOUR)
    assert reason == ("ben@example.com was given it since" if kind in MAYBE else None)
    assert why_not(a_notice(reminder(kind, BEN), "9"), known, NOW + HOUR) is None


def test_a_commander_who_is_reminded_after_the_owner_is_reminded_all_the_same() -> None:
    known = heard(("1", assigned(ADA)))
    assert why_not(a_notice(reminder("draft_late", CLEO), "9"), known, NOW) is None


@pytest.mark.parametrize("kind", ["draft_due", "draft_late", "item_due", "item_late"])
def test_a_reminder_is_given_up_after_its_day(kind: str) -> None:
    notice = a_notice(reminder(kind, due=NOW + timedelta(days=9)), "9")
    assert why_not(notice, Publication(), NOW + REMINDER_LASTS) is None
    assert why_not(notice, Publication(), NOW + REMINDER_LASTS + HOUR) == "given up after a day"


@pytest.mark.parametrize("kind", ["draft_due", "item_due"])
def test_that_something_will_be_due_is_not_said_when_it_was(kind: str) -> None:
    due = NOW + 2 * HOUR
    notice = a_notice(reminder(kind, due=due), "9")
    assert why_not(notice, Publication(), due - HOUR) is None
    assert why_not(notice, Publication(), due) == "its due time has passed"
    on_time = a_notice(reminder(kind, due=NOW), "9")
    assert why_not(on_time, Publication(), NOW + HOUR) is None  # it was said for that very moment


@pytest.mark.parametrize("kind", ["draft_late", "item_late"])
def test_a_draft_that_is_published_by_now_is_nothing_to_be_reminded_of(kind: str) -> None:
    out = published("a@example.com")
    assert why_not(a_notice(reminder(kind), "9"), out, NOW) == ("it is published" if kind in MAYBE else None)
    later = reminder(kind, at=NOW + HOUR)  # of a correction that is late
    assert why_not(a_notice(later, "9"), out, NOW + HOUR) is None


def test_of_a_restricted_postmortem_those_are_told_whom_it_names_and_its_owner_even_before_the_news_of_that() -> None:
    known = restricted_to("ada@example.com")
    assert why_not(a_notice(reminder("item_due", ADA), "9"), known, NOW) is None
    assert (
        why_not(a_notice(reminder("item_due", BEN), "9"), known, NOW)
        == "it is restricted, and this person is not named"
    )
    given = heard(("1", assigned(BEN)), before=known)
    assert why_not(a_notice(assigned(BEN), "1"), given, NOW) is None
    assert why_not(a_notice(reminder("draft_late", BEN), "9"), given, NOW) is None


def test_nobody_is_reminded_of_what_is_skipped_and_everybody_again_when_it_is_asked_for() -> None:
    notice = a_notice(reminder("draft_late"), "9")
    assert why_not(notice, Publication(toggles=1), NOW) == "the postmortem is skipped"
    assert why_not(notice, Publication(toggles=2), NOW) is None


def test_a_reminder_from_before_a_merge_is_void_and_one_of_after_it_came_apart_is_not() -> None:
    notice = a_notice(reminder("draft_late"), "9")
    merged_at = {"before": notice.at - timedelta(seconds=1), "after": notice.at + timedelta(seconds=1)}
    assert why_not(notice, Publication(merged_at=merged_at["after"]), NOW) == "another postmortem is about its incident"
    assert why_not(notice, Publication(merged_at=merged_at["before"]), NOW) is None
    assert why_not(a_notice(assigned(BEN), "1"), Publication(merged_at=merged_at["after"]), NOW) is None
