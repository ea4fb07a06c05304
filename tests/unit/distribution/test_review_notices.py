"""Notices of a review: what they continue, and which are no longer true when they are to be mailed."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.distribution.domain import Fact, Notice, Publication, hear_notice, hear_reviewers, notice_of, why_not
from services.distribution.domain.review_notices import ENDS_WITH_APPROVAL, REPEATED
from shared.contracts.base import Owner
from shared.contracts.events import ReviewersAssigned
from shared.contracts.review_notices import ReviewNoticeKind
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import ADA, BEN, TERMS, approved, assigned, published, review_notice, reviewed_by
from tests.unit.distribution.test_handlers import Room
from tests.unit.distribution.test_notices import restricted_to

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLEO = Owner(name="Cleo Papas", email="cleo@example.com")
KINDS = list(ReviewNoticeKind)
OF_REVIEWERS = {"review_asked", "review_again", "review_due", "review_late"}
UNNAMED = {*OF_REVIEWERS, "review_passed_on", "reviewers_wanted", "review_escalated"}


def heard(*facts: tuple[str, Fact] | ReviewersAssigned, before: Publication | None = None) -> Publication:
    state = before or Publication()
    for fact in facts:
        if isinstance(fact, ReviewersAssigned):
            state = hear_reviewers(state, fact, TERMS, NOW).state
        else:
            state = hear_notice(state, *fact, TERMS, NOW).state
    return state


def reason(fact: Any, known: Publication | None = None, after: timedelta = timedelta(0)) -> str | None:
    return why_not(Notice(id="9", fact=fact), known or Publication(), NOW + after)


def test_whatever_order_facts_come_in_mails_to_a_reviewer_continue_the_first_that_asked_them() -> None:
    facts = [
        ("1", review_notice(recipient=ADA)),
        ("2", review_notice(recipient=ADA, at=NOW + HOUR)),
        ("3", review_notice(recipient=BEN)),
        ("4", review_notice("review_due", ADA, at=NOW - HOUR)),
    ]
    known = {heard(*order).asked for order in permutations(facts)}
    assert len(known) == 1
    asked = Publication(asked=known.pop())
    assert notice_of(asked, "9", review_notice("review_late", ADA)).follows == "1"
    assert notice_of(asked, "9", review_notice("review_passed_on", BEN)).follows == "3"
    assert notice_of(asked, "9", review_notice("review_late", CLEO)).follows is None
    assert notice_of(asked, "1", review_notice()).follows is None


@pytest.mark.parametrize("kind", ["submit_due", "changes_requested", "coaching", "review_escalated"])
def test_what_the_owner_is_told_of_a_review_continues_the_mail_that_gave_it_to_them(kind: str) -> None:
    known = heard(("1", assigned(ADA)), ("2", review_notice(recipient=BEN)))
    assert notice_of(known, "9", review_notice(kind, ADA)).follows == "1"
    assert notice_of(known, "9", review_notice(kind, BEN)).follows is None


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_asked_no_more_is_neither_asked_nor_reminded(kind: ReviewNoticeKind) -> None:
    known = heard(reviewed_by(ADA, BEN), reviewed_by(BEN, at=NOW + HOUR), reviewed_by(ADA, at=NOW - HOUR))
    is_dropped = kind in OF_REVIEWERS
    assert reason(review_notice(kind, ADA), known) == ("somebody else reviews it since" if is_dropped else None)
    assert reason(review_notice(kind, BEN), known) is None
    assert reason(review_notice(kind, ADA, at=NOW + 2 * HOUR), known) is None, "that news is still to come"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_published_skipped_or_merged_is_nothing_to_be_told_of(kind: ReviewNoticeKind) -> None:
    fact = review_notice(kind)
    assert reason(fact, published("a@example.com")) == "it is published"
    assert reason(review_notice(kind, at=NOW + HOUR, revision=3), published("a@example.com"), HOUR) is None
    assert reason(fact, Publication(toggles=1)) == "the postmortem is skipped"
    assert reason(fact, Publication(merged_at=NOW)) == "another postmortem is about its incident"
    assert reason(fact, Publication(toggles=2, merged_at=NOW - HOUR)) is None


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_asked_for_what_is_approved(kind: ReviewNoticeKind) -> None:
    known = Publication(newest_revision=2, approved=approved(2))
    assert reason(review_notice(kind), known) == ("it is approved" if kind in ENDS_WITH_APPROVAL else None)
    edited = known.changed(newest_revision=3)
    assert reason(review_notice(kind, revision=3), edited) is None


def test_nobody_is_coached_about_a_text_that_has_changed_since() -> None:
    assert reason(review_notice("coaching"), Publication(newest_revision=3)) == "the text has changed since"
    assert reason(review_notice("coaching"), Publication(newest_revision=2)) is None
    assert reason(review_notice("changes_requested"), Publication(newest_revision=3)) is None


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_will_be_said_again_is_given_up_after_a_day(kind: ReviewNoticeKind) -> None:
    fact = review_notice(kind, due=NOW + 9 * DAY)
    assert reason(fact, after=DAY) is None
    assert reason(fact, after=DAY + HOUR) == ("given up after a day" if kind in REPEATED else None)


@pytest.mark.parametrize("kind", KINDS)
def test_that_something_will_be_due_is_not_said_when_it_was(kind: ReviewNoticeKind) -> None:
    fact = review_notice(kind, due=NOW + HOUR)
    is_dropped = kind in ("review_due", "submit_due")
    assert reason(fact, after=HOUR) == ("its due time has passed" if is_dropped else None)
    assert reason(review_notice(kind, due=NOW - HOUR), after=HOUR) is None
    assert reason(review_notice(kind, due=None), after=HOUR) is None


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_restricted_postmortem_review_tells_whom_it_asks_itself_and_else_whom_it_names(
    kind: ReviewNoticeKind,
) -> None:
    known = restricted_to("ada@example.com").changed(approved=None)
    assert reason(review_notice(kind, ADA), known) is None
    shut_out = None if kind in UNNAMED else "it is restricted, and this person is not named"
    assert reason(review_notice(kind, CLEO), known) == shut_out


async def test_a_reviewer_is_told_once_and_not_when_it_was_passed_on_before_the_relay_was_back() -> None:
    room = Room()
    await room.hear(reviewed_by(ADA, BEN))
    await room.hear(review_notice(recipient=ADA), "fact-1")
    await room.mail()
    await room.hear(review_notice("review_due", ADA), "fact-2")
    await room.hear(review_notice("review_due", BEN))
    await room.hear(reviewed_by(BEN, at=NOW + HOUR))
    await room.mail()
    assert room.mailer.recipients() == ["ada@example.com", "ben@example.com"]
    rows = {row.notice.id: row for row in room.ledger.kept.values() if row.notice}
    assert rows["fact-2"].reply == "not sent: somebody else reviews it since"
    assert rows["fact-2"].notice
    assert rows["fact-2"].notice.follows == "fact-1"
