"""Notices of a meeting: what they continue, and which are no longer true when they are to be mailed."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from services.distribution.domain import Notice, Publication, notice_of
from shared.contracts.base import Owner
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import ADA, BEN, assigned, review_notice, reviewed_by
from tests.unit.distribution.meeting_facts import meeting_notice
from tests.unit.distribution.test_handlers import Room
from tests.unit.distribution.test_notices import restricted_to
from tests.unit.distribution.test_review_notices import heard, reason

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
INVITED = meeting_notice()
MOVED = meeting_notice("moved", sequence=1, at=NOW + MINUTE)
OFF = meeting_notice("cancelled", sequence=1, at=NOW + 2 * MINUTE)
KINDS = ["invitation", "moved", "cancelled"]


def test_what_follows_an_invitation_continues_its_mail_and_no_other() -> None:
    known = heard(("0", assigned()), ("1", INVITED), ("2", MOVED))
    assert [notice_of(known, id, fact).follows for id, fact in (("1", INVITED), ("2", MOVED), ("3", OFF))] == [
        None,
        "1",
        "1",
    ]
    assert notice_of(known, "4", meeting_notice("moved", BEN)).follows is None
    assert notice_of(None, "1", INVITED).follows is None


def test_only_the_newest_is_mailed_whatever_order_they_come_in() -> None:
    facts = [("1", INVITED), ("2", MOVED), ("3", OFF)]
    for order in permutations(facts):
        known = heard(*order)
        assert [reason(fact, known) for _, fact in facts] == [
            "something newer was said of the meeting since",
            "something newer was said of the meeting since",
            None,
        ]
        assert known.invitations.thread(ADA.email) == "1"
        assert reason(meeting_notice(recipient=BEN), known) is None


def test_who_joins_again_at_the_same_sequence_is_invited() -> None:
    again = meeting_notice(sequence=1, at=NOW + 3 * MINUTE)
    known = heard(("1", INVITED), ("2", OFF), ("3", again))
    assert reason(OFF, known) == "something newer was said of the meeting since"
    assert reason(again, known) is None


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_mailed_of_a_meeting_that_is_over(kind: str) -> None:
    fact = meeting_notice(kind)
    assert reason(fact, after=fact.end - NOW - MINUTE) is None
    assert reason(fact, after=fact.end - NOW) == "the meeting is over"


@pytest.mark.parametrize("kind", KINDS)
def test_of_what_is_restricted_only_those_whom_it_names_are_invited_and_all_are_told_that_it_is_off(kind: str) -> None:
    fact = meeting_notice(kind)
    assert reason(fact, restricted_to(ADA.email)) is None
    shut_out = None if kind == "cancelled" else "it is restricted, and this person is not named"
    assert reason(fact, restricted_to(BEN.email)) == shut_out
    assert reason(fact, heard(reviewed_by(ADA), before=restricted_to(BEN.email))) is None


def test_a_skip_or_another_owner_is_nothing_that_takes_a_notice_back() -> None:
    skipped = Publication(toggles=1, merged_at=NOW + DAY)
    assert reason(OFF, skipped) is None
    assert reason(INVITED, heard(("1", assigned(BEN)))) is None


def test_what_was_stored_before_still_loads() -> None:
    assert Publication.model_validate({"newest_revision": 3}).invitations.people == ()
    for fact in (assigned(), review_notice(), INVITED, MOVED, OFF):
        notice = Notice(id="1", fact=fact)
        assert Notice.model_validate_json(notice.model_dump_json()) == notice


async def test_each_goes_to_one_person_by_the_ledger_and_what_was_overtaken_does_not() -> None:
    room = Room()
    gil = Owner(name="Gil", email="gil@example.com")
    for n, fact in enumerate((INVITED, meeting_notice(recipient=gil), MOVED)):
        await room.hear(fact, f"fact-{n}")
    await room.mail()
    assert room.mailer.recipients() == ["gil@example.com", "ada@example.com"]
    assert [b"Meeting moved" in mail for _, mail in room.mailer.mails] == [False, True]
