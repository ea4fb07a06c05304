"""Reminders of a meeting: the mail, and when they are no longer true."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings

from services.distribution.domain import Notice, Publication, State, hear_meeting, notice_of, why_not
from services.distribution.domain.asked import Asked
from services.distribution.domain.heard_meeting import HeardMeeting
from shared.contracts.events import MeetingCancelled, MeetingRescheduled, MeetingScheduled
from shared.contracts.meeting_reminders import MeetingReminder
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import ADA, BEN, TERMS, a_notice, assigned, meeting_ended, published
from tests.unit.distribution.meeting_facts import meeting_reminder
from tests.unit.distribution.test_handlers import Room
from tests.unit.distribution.test_letter import assert_fit_for_the_wire, parsed, part
from tests.unit.distribution.test_notice_letter import THREADED, TITLE, URL, a_mail
from tests.unit.distribution.test_notices import restricted_to

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = NOW + DAY


def meeting(kind: type[MeetingScheduled] = MeetingScheduled, **fields: Any) -> MeetingScheduled:
    given: dict[str, Any] = {
        "postmortem_id": PM,
        "uid": "u",
        "start": START,
        "end": START + HOUR,
        "timezone": "Europe/Berlin",
        "status": "scheduled",
        "sequence": 3,
        "url": URL,
        "join_url": "https://meet.example.com/x",
        "title": "t",
    } | fields
    return kind.model_validate(given)


def cancelled(sequence: int) -> MeetingCancelled:
    return MeetingCancelled(postmortem_id=PM, uid="u", sequence=sequence, at=NOW)


def heard(*events: Any, before: Publication | None = None) -> Publication:
    state = before or Publication()
    for event in events:
        state = hear_meeting(state, event, TERMS, NOW).state
    return state


def reason(known: Publication, fact: MeetingReminder | None = None, after: timedelta = timedelta(0)) -> str | None:
    return why_not(Notice(id="9", fact=fact or meeting_reminder()), known, NOW + after)


def test_the_mail_says_when_and_where_and_what_to_do_in_both_parts() -> None:
    mail = a_mail(meeting_reminder())
    assert parsed(mail).keys() == THREADED
    assert_fit_for_the_wire(mail)
    assert parsed(mail)["Subject"] == "[Postmortem] Read before the meeting: Checkout answers slowly (SEV2)"
    for kind in ("plain", "html"):
        text = part(mail, kind)
        assert "It begins: Tuesday 2026-03-03 07:00 (America/New_York)" in text
        assert URL in text
        assert "https://meet.example.com/x" in text
        assert "None" not in text
        assert len(text) < 4000
    assert "Tuesday 2026-03-03 13:00 (Europe/Berlin)" in part(a_mail(meeting_reminder(BEN)))


def test_reminders_of_one_meeting_stand_in_a_thread_of_their_own() -> None:
    threads = {str(parsed(a_mail(meeting_reminder(who), id=id))["References"]) for who in (ADA, BEN) for id in "ab"}
    assert len(threads) == 2
    known = Publication(told=Publication().told.hearing("1", assigned(ADA)))
    assert notice_of(known, "9", meeting_reminder(ADA)).follows is None


@pytest.mark.parametrize("by_fact", [True, False])
def test_of_what_is_restricted_the_subject_tells_nothing(by_fact: bool) -> None:
    mail = a_mail(meeting_reminder(restricted=by_fact), restricted=not by_fact)
    assert parsed(mail)["Subject"] == f"[Postmortem] Read before the meeting: restricted report {PM[:8]}"
    assert "Restricted: you get this because you are named in it." in part(mail)


@settings(max_examples=60, deadline=None)
@given(TITLE)
def test_no_title_adds_a_header_or_breaks_the_mail(title: str) -> None:
    fact = meeting_reminder(title=title)
    mail = a_mail(fact)
    assert parsed(mail).keys() == THREADED
    assert_fit_for_the_wire(mail)
    assert a_notice(fact).model_validate_json(a_notice(fact).model_dump_json()).fact == fact


def test_the_newest_word_on_the_meeting_counts_whatever_order_they_come_in() -> None:
    words = [
        meeting(status="tentative", sequence=0, start=NOW),
        cancelled(1),
        meeting(sequence=2),
        meeting(MeetingRescheduled, sequence=3, start=START + HOUR),
    ]
    newest = HeardMeeting(sequence=3, start=START + HOUR, title=meeting().title)
    assert {heard(*order).meeting for order in permutations(words)} == {newest}
    assert {heard(*order).meeting for order in permutations([*words[1:], cancelled(3)])} == {
        HeardMeeting(sequence=3, start=None)
    }


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (meeting(), None),
        (meeting(sequence=2, start=START - HOUR), None),
        (cancelled(2), None),
        (cancelled(3), "the meeting is cancelled"),
        (cancelled(4), "the meeting is cancelled"),
        (meeting(MeetingRescheduled, sequence=4, start=START + HOUR), "the meeting was moved"),
        (meeting(MeetingRescheduled, sequence=5), None),
    ],
)
def test_of_what_was_moved_or_called_off_since_nobody_is_reminded(word: Any, why: str | None) -> None:
    assert reason(heard(word)) == why


def test_nobody_is_reminded_of_what_has_begun_is_over_skipped_or_merged() -> None:
    assert reason(Publication()) is None
    assert reason(Publication(), after=DAY - timedelta(seconds=1)) is None
    assert reason(Publication(), after=DAY) == "the meeting has begun"
    assert reason(Publication(meeting_ended_at=NOW + HOUR)) == "the meeting is over"
    assert reason(Publication(toggles=1)) == "the postmortem is skipped"
    assert reason(Publication(merged_at=NOW)) == "another postmortem is about its incident"
    assert reason(published("a@example.com")) is None, "it is met all the same"


def test_of_what_is_restricted_only_whom_it_names_or_asks_are_reminded() -> None:
    known = restricted_to("ada@example.com").changed(approved=None)
    assert reason(known) is None
    assert reason(known, meeting_reminder(BEN)) == "it is restricted, and this person is not named"
    asked = known.changed(asked=Asked(reviewers=frozenset({"ben@example.com"})))
    assert reason(asked, meeting_reminder(BEN)) is None


async def test_a_reminder_is_one_mail_and_none_when_the_meeting_moved_before_the_relay_was_back() -> None:
    room = Room()
    await room.hear(meeting())
    await room.hear(meeting_reminder())
    await room.mail()
    assert room.mailer.recipients() == ["ada@example.com"]
    await room.hear(meeting_reminder(BEN))
    await room.hear(meeting(MeetingRescheduled, sequence=4, start=START + HOUR))
    await room.hear(meeting_ended(NOW - DAY))
    await room.mail()
    assert room.mailer.recipients() == ["ada@example.com"]
    rows = {row.recipient: (row.state, row.reply) for row in room.ledger.kept.values()}
    assert rows["ben@example.com"] == (State.FAILED, "not sent: the meeting was moved")
