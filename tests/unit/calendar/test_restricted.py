"""The meeting of a restricted postmortem: a time on the shared calendar, and nothing else for others to read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import vCalAddress

from services.calendar import domain
from services.calendar.adapters.vevent import RESTRICTED, build, merge, read
from services.calendar.domain import Entry, Meeting, Status, attendees
from services.calendar.domain.entry import entry_of
from services.calendar.domain.meeting import topic_of
from shared.contracts.base import Person, Severity
from shared.contracts.commands import CancelMeeting, EndMeeting, JoinMeeting, RescheduleMeeting, Role
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision
from shared.contracts.events import (
    AccessChanged,
    DraftCreated,
    DraftRevised,
    ReviewApproved,
    ReviewersAssigned,
    Snapshot,
)
from shared.contracts.values import Approval, AskedReviewer, Attendee
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.calendar.fakes import UID, edited, event_in, utc
from tests.unit.calendar.test_domain import PRACTICE, REVISED, a_meeting

BERLIN = PRACTICE.zone
CLOSED: dict[str, Any] = {"restricted": True, "readers": ("reader@example.com",), "access": 1}
SECRET = {"title": "Sekrit leak of payroll", "services": ("payroll",), "severity": Severity.SEV1}
CURIOUS = Attendee(name="Curious", email="curious@example.com", required=False)
READER = Attendee(name="Reader", email="reader@example.com", required=False)


def access(revision: int = 1, **fields: Any) -> AccessChanged:
    event: AccessChanged = a_draft(
        AccessChanged, revision=revision, changed_at=NOW, changed_by="owner@example.com", **(SECRET | CLOSED | fields)
    )
    return event


def open_meeting(status: Status = Status.SCHEDULED, **fields: Any) -> Meeting:
    return a_meeting(status, topic=topic_of(a_draft(DraftCreated, **SECRET)), **fields)


def followed(meeting: Meeting | None, fact: Snapshot) -> Decision[Meeting]:
    if isinstance(fact, ReviewApproved):
        return domain.confirm(meeting, fact, (), PRACTICE, NOW)
    return domain.follow_draft(meeting, fact, (), PRACTICE, NOW)


def entry(meeting: Meeting) -> Entry:
    return entry_of(meeting, PRACTICE)


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "")


def tells(text: str) -> list[str]:
    """Return the secrets that an entry tells."""
    words = ("Sekrit", "payroll", "SEV1", "Olga Owner\n", "timeline", "customers", "curious", "guest")
    return [word for word in words if word in unfolded(text)]


@pytest.mark.parametrize("status", Status)
def test_a_restricted_entry_tells_a_time_and_who_is_named_and_nothing_of_the_incident(status: Status) -> None:
    meeting = followed(open_meeting(status, joined=(CURIOUS, READER)), access()).state
    event = event_in(build(entry(meeting)))
    assert tells(build(entry(meeting))) == []
    assert str(event["SUMMARY"]).endswith("Postmortem meeting (restricted)")
    assert str(event["CLASS"]) == "PRIVATE"
    assert {str(address) for address in event["ATTENDEE"]} == {
        "mailto:owner@example.com",
        "mailto:responder@example.com",
        "mailto:reader@example.com",
    }


@pytest.mark.parametrize("status", Status)
def test_becoming_restricted_writes_the_entry_again_also_when_it_is_over_and_moves_no_sequence(status: Status) -> None:
    before = open_meeting(status)
    decision = followed(before, access())
    assert [event.name for event in decision.events] == ["WriteMeeting.v1"]
    assert (decision.state.form, decision.state.sequence) == (before.form + 1, before.sequence)
    assert (decision.state.status, decision.state.start) == (before.status, before.start)
    again = followed(decision.state, access(access=2, restricted=False))
    assert (again.state.form, again.state.topic.title) == (before.form + 2, SECRET["title"])


def test_what_clients_kept_of_an_open_entry_is_gone_when_it_becomes_restricted_but_answers_stay() -> None:
    def outlook(event: Any) -> None:
        event["ATTENDEE"][0].params["PARTSTAT"] = "ACCEPTED"
        event.add("attendee", vCalAddress("mailto:guest@example.com"))
        event.add("x-alt-desc", "<b>Sekrit leak of payroll</b>")
        event.add("comment", "payroll, again")

    before = open_meeting(joined=(CURIOUS,))
    copy = read(edited(build(entry(before)), outlook), '"1"', UID, BERLIN)
    closed = followed(before, access()).state
    text = merge(entry(closed), copy)
    assert tells(text) == []
    assert event_in(text)["ATTENDEE"][0].params["PARTSTAT"] == "ACCEPTED"
    assert read(text, "", UID, BERLIN).is_ours


def test_what_people_add_to_a_restricted_entry_stays_but_for_guests_and_an_open_one_is_whole_again() -> None:
    def bring(event: Any) -> None:
        event["LOCATION"] = "Room 4"
        event.add("attendee", vCalAddress("mailto:guest@example.com"))

    closed = followed(open_meeting(joined=(CURIOUS,)), access()).state
    moved = closed.model_copy(update={"form": closed.form + 1})
    text = merge(entry(moved), read(edited(build(entry(closed)), bring), '"1"', UID, BERLIN))
    assert tells(text) == []
    assert str(event_in(text)["LOCATION"]) == "Room 4"
    opened = followed(moved, access(access=2, restricted=False)).state
    event = event_in(merge(entry(opened), read(text, '"2"', UID, BERLIN)))
    assert (str(event["CLASS"]), str(event["LOCATION"]), RESTRICTED in event) == ("PUBLIC", "Room 4", False)
    assert str(event["SUMMARY"]) == "Postmortem: Sekrit leak of payroll (SEV1)"
    assert "mailto:curious@example.com" in map(str, event["ATTENDEE"])


def asked(meeting: Meeting, email: str, role: Role) -> list[Decision[Meeting | None]]:
    actor: dict[str, Any] = {"postmortem_id": PM, "actor": an_actor(email, role)}
    return [
        domain.join(meeting, JoinMeeting(**actor), NOW),
        domain.cancel(meeting, CancelMeeting(**actor), NOW),
        domain.end(meeting, EndMeeting(**actor), NOW),
        domain.reschedule(meeting, RescheduleMeeting(**actor, start=utc("2026-03-05T09:00")), NOW),
    ]


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("role", Role)
def test_who_is_not_named_finds_no_meeting_whatever_they_ask_for(status: Status, role: Role) -> None:
    meeting = followed(open_meeting(status, joined=(CURIOUS,)), access()).state
    for decision in asked(meeting, "curious@example.com", role):
        assert decision.reply
        assert decision.reply.refusal == UNKNOWN_POSTMORTEM
        assert decision.state == meeting
    for decision in asked(meeting, "reader@example.com", role):
        assert decision.reply
        assert decision.reply.refusal != UNKNOWN_POSTMORTEM


def an_approval(**fields: Any) -> ReviewApproved:
    approvals = tuple(Approval(name=n, email=f"{n}@example.com", at=NOW) for n in ("rosa", "stepped-in"))
    reviewers = (AskedReviewer(name="rosa", email="rosa@example.com"),)
    event: ReviewApproved = a_draft(ReviewApproved, **(SECRET | fields), approvals=approvals, reviewers=reviewers)
    return event


def test_of_those_who_approved_the_reviewers_are_on_the_invitation_of_a_restricted_meeting() -> None:
    for meeting in (None, open_meeting(Status.TENTATIVE)):
        confirmed = followed(meeting, an_approval(**CLOSED)).state
        assert {person.email for person in attendees(confirmed)} == {
            "owner@example.com",
            "responder@example.com",
            "rosa@example.com",
        }


def test_who_was_asked_to_review_may_join_before_it_is_approved_and_not_when_others_were_asked_since() -> None:
    closed = followed(open_meeting(Status.TENTATIVE), access()).state
    rosa = AskedReviewer(name="rosa", email="rosa@example.com")
    assigned = ReviewersAssigned(postmortem_id=PM, revision=1, reviewers=(rosa,), assigned_at=NOW)
    asked_first = domain.hear_reviewers(closed, assigned, NOW).state
    joined = domain.join(asked_first, JoinMeeting(postmortem_id=PM, actor=an_actor(rosa.email)), NOW).state
    assert joined
    assert rosa.email in {person.email for person in attendees(joined)}
    others = assigned.model_copy(update={"reviewers": (), "assigned_at": NOW + timedelta(hours=1)})
    again = domain.hear_reviewers(joined, others, NOW)
    assert [event.name for event in again.events] == ["WriteMeeting.v1"]
    assert rosa.email not in {person.email for person in attendees(again.state)}
    assert domain.hear_reviewers(again.state, assigned, NOW).state == again.state


FACTS: tuple[Snapshot, ...] = (
    a_draft(DraftCreated, **SECRET),
    a_draft(DraftRevised, revision=2, **REVISED, **SECRET),
    access(revision=2),
    an_approval(revision=2),
    a_draft(DraftRevised, revision=3, **REVISED, **SECRET, **(CLOSED | {"access": 2})),
    an_approval(revision=3, **(CLOSED | {"access": 2}), people=(Person(name="Rita", email="responder@example.com"),)),
)


@given(st.permutations(FACTS))
def test_once_it_is_closed_no_older_fact_opens_it_in_whatever_order_they_come(order: list[Snapshot]) -> None:
    meeting: Meeting | None = None
    for n, fact in enumerate(order):
        meeting = followed(meeting, fact).state
        is_closed = any(known.restricted for known in order[: n + 1])
        assert (tells(build(entry(meeting))) == []) == is_closed
        reply = domain.join(meeting, JoinMeeting(postmortem_id=PM, actor=an_actor("x@example.com")), NOW).reply
        assert reply
        assert (reply.refusal == UNKNOWN_POSTMORTEM) == is_closed
        assert not is_closed or "stepped-in@example.com" not in {person.email for person in attendees(meeting)}
    assert meeting
    assert (meeting.topic.revision, meeting.topic.access, meeting.status) == (3, 2, Status.SCHEDULED)
