"""Who leaves a meeting stays away from it, whoever invited them; who is needed there does not leave."""

from __future__ import annotations

from typing import Any

import pytest
from icalendar import vCalAddress

from services.calendar import domain
from services.calendar.adapters.vevent import build, merge, read
from services.calendar.domain import Meeting, Status
from services.calendar.domain.entry import entry_of
from services.calendar.domain.people import everybody, learn
from shared.contracts.base import Owner
from shared.contracts.commands import JoinMeeting
from shared.contracts.decision import Decision, Kind
from shared.contracts.events import DraftRevised, ReviewersAssigned
from shared.contracts.meeting_notices import LeaveMeeting
from shared.contracts.values import AskedReviewer
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.calendar.fakes import BERLIN, UID, edited, event_in
from tests.unit.calendar.test_domain import PRACTICE, REVISED, a_meeting

GIL, ROSA = "gil@example.com", "rosa@example.com"


def leave(meeting: Meeting, email: str = GIL) -> Decision[Any]:
    return domain.leave(meeting, LeaveMeeting(postmortem_id=PM, actor=an_actor(email)), NOW)


def join(meeting: Meeting, email: str = GIL) -> Meeting:
    state = domain.join(meeting, JoinMeeting(postmortem_id=PM, actor=an_actor(email)), NOW).state
    assert state
    return state


def emails(meeting: Meeting) -> set[str]:
    return {person.email for person in everybody(meeting)}


def reviewed(meeting: Meeting) -> Meeting:
    asked = (AskedReviewer(name="Rosa", email=ROSA),)
    return domain.hear_reviewers(
        meeting, ReviewersAssigned(postmortem_id=PM, revision=1, reviewers=asked, assigned_at=NOW), NOW
    ).state


def revised(meeting: Meeting, **fields: Any) -> Meeting:
    draft = a_draft(DraftRevised, revision=meeting.topic.revision + 1, **REVISED, **fields)
    return domain.follow_draft(meeting, draft, (), PRACTICE, NOW).state


def test_whoever_joined_leaves_and_may_join_again() -> None:
    joined = join(a_meeting())
    left = leave(joined)
    assert (GIL in emails(joined), GIL in emails(left.state)) == (True, False)
    assert [event.name for event in left.events] == ["WriteMeeting.v1"]
    assert left.reply
    assert left.reply.data["uid"] == UID
    again = join(left.state)
    assert GIL in emails(again)
    assert again.left == ()


def test_who_is_only_welcome_leaves_and_no_later_revision_or_request_for_review_brings_them_back() -> None:
    left = leave(reviewed(a_meeting()), ROSA).state
    for later in (left, revised(left, title="Another"), revised(reviewed(left))):
        assert ROSA not in emails(later)
    assert ROSA in emails(join(left, ROSA))


def test_leaving_is_no_change_of_time_so_the_sequence_stays() -> None:
    joined = join(a_meeting())
    assert leave(joined).state.sequence == joined.sequence


@pytest.mark.parametrize("state", [leave(join(a_meeting())).state, a_meeting()])
def test_leaving_twice_or_without_being_there_changes_nothing(state: Meeting) -> None:
    again = leave(state)
    assert (again.state, again.events) == (state, ())
    assert again.reply
    assert again.reply.refusal is None


@pytest.mark.parametrize(("email", "role"), [("owner@example.com", "owner"), ("responder@example.com", "responder")])
def test_who_is_needed_is_told_what_to_do_instead(email: str, role: str) -> None:
    meeting = a_meeting()
    decision = leave(meeting, email)
    assert decision.state == meeting
    assert decision.reply
    refusal = decision.reply.refusal
    assert refusal
    assert (refusal.kind, refusal.rule) == (Kind.CONFLICT, "needed-there")
    assert f"({role})" in refusal.detail
    assert "Hand that over" in refusal.detail
    assert "decline" in refusal.detail


def test_who_left_and_is_needed_later_is_invited_and_is_off_again_when_they_are_not_needed_any_more() -> None:
    left = leave(join(a_meeting())).state
    owns = revised(left, owner=Owner(name="Gil", email=GIL))
    assert GIL in emails(owns)
    assert GIL not in emails(revised(owns))


@pytest.mark.parametrize("status", [Status.ENDED, Status.CANCELLED])
def test_nobody_leaves_what_is_over_or_off(status: Status) -> None:
    decision = leave(join(a_meeting()).model_copy(update={"status": status}))
    assert decision.reply
    assert decision.reply.refusal
    assert decision.reply.refusal.rule == f"meeting-{status.value}"


def test_a_meeting_that_is_not_planned_or_may_not_be_seen_is_unknown() -> None:
    closed = a_meeting()
    closed = closed.model_copy(update={"topic": closed.topic.model_copy(update={"restricted": True})})
    for meeting in (None, closed):
        reply = domain.leave(meeting, LeaveMeeting(postmortem_id=PM, actor=an_actor(GIL)), NOW).reply
        assert reply
        assert reply.refusal
        assert reply.refusal.rule == "unknown-postmortem"


def test_a_guest_of_somebodys_calendar_is_taken_out_of_the_entry_and_the_others_stay() -> None:
    def invite(event: Any) -> None:
        for name in ("Gil", "other"):
            event.add("attendee", vCalAddress(f"mailto:{name}@Example.com"))

    meeting = a_meeting()
    copy = read(edited(build(entry_of(meeting, PRACTICE)), invite), '"1"', UID, BERLIN)
    known = learn(meeting, copy)
    left = leave(known).state
    assert emails(known) - emails(left) == {GIL}
    text = merge(entry_of(left, PRACTICE), copy)
    listed = [str(address).lower() for address in event_in(text)["ATTENDEE"]]
    assert listed[-1] == "mailto:other@example.com"
    assert f"mailto:{GIL}" not in listed
    assert GIL not in emails(learn(left, copy))


def test_a_meeting_of_before_has_nobody_who_left() -> None:
    stored = a_meeting().model_dump(mode="json", exclude={"left", "mailed"})
    assert Meeting.model_validate(stored) == a_meeting()
