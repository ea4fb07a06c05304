"""Notes of a meeting: who takes them and when, and that they change nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from services.calendar import domain
from services.calendar.domain import Meeting, Status
from shared.contracts.base import Message
from shared.contracts.commands import EndMeeting, Role
from shared.contracts.decision import Decision, Kind
from shared.contracts.meeting_notes import MeetingNotesTaken, TakeMeetingNotes
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.calendar.test_domain import OWNER, a_meeting
from tests.unit.calendar.test_handlers import a_room, approved, drafted

TEXT = "We agreed to alert on the pool.\n"
ADMIN, STRANGER = an_actor("admin@example.com", Role.ADMIN), an_actor("stranger@example.com")


def taking(notes: str = TEXT, actor: Any = OWNER) -> TakeMeetingNotes:
    return TakeMeetingNotes(postmortem_id=PM, actor=actor, notes=notes)


def taken(meeting: Meeting | None, command: TakeMeetingNotes | None = None) -> Decision[Meeting | None]:
    return domain.take_notes(meeting, command or taking(), NOW)


def rule_of(decision: Decision[Meeting | None]) -> tuple[str, Kind] | None:
    refusal = decision.reply.refusal if decision.reply else None
    return (refusal.rule, refusal.kind) if refusal else None


@pytest.mark.parametrize("status", [Status.SCHEDULED, Status.ENDED])
def test_notes_are_kept_and_told_and_the_entry_and_the_timer_stay_as_they_are(status: Status) -> None:
    before = a_meeting(status)
    decision = taken(before)
    after = decision.state
    assert after is not None
    assert after.notes is not None
    assert decision.events == (MeetingNotesTaken(postmortem_id=PM, notes=TEXT, by=after.notes.by, at=NOW, version=1),)
    assert after.notes.by.email == OWNER.email
    assert after.model_copy(update={"notes": None}) == before
    assert decision.due == domain.meeting.next_look(before)
    assert decision.reply is not None
    assert (decision.reply.data["status"], decision.reply.data["notes_version"]) == (status.value, 1)


@pytest.mark.parametrize(
    ("status", "rule"), [(Status.TENTATIVE, "not-scheduled"), (Status.CANCELLED, "meeting-cancelled")]
)
def test_there_are_no_notes_of_what_is_not_certain_or_called_off(status: Status, rule: str) -> None:
    assert rule_of(taken(a_meeting(status))) == (rule, Kind.CONFLICT)


@pytest.mark.parametrize(
    ("actor", "allowed"), [(OWNER, True), (an_actor("responder@example.com"), True), (ADMIN, True), (STRANGER, False)]
)
def test_whoever_attends_takes_notes(actor: Any, allowed: bool) -> None:
    refused = None if allowed else ("attendees-only", Kind.FORBIDDEN)
    assert rule_of(taken(a_meeting(Status.ENDED), taking(actor=actor))) == refused
    if not allowed:
        assert rule_of(taken(a_meeting(Status.CANCELLED), taking(actor=actor))) == refused


def test_who_may_not_see_it_learns_nothing_of_it() -> None:
    topic = a_meeting().topic.model_copy(update={"restricted": True})
    secret = a_meeting(Status.SCHEDULED, topic=topic)
    assert rule_of(taken(secret, taking(actor=STRANGER))) == ("unknown-postmortem", Kind.NOT_FOUND)
    assert rule_of(taken(None)) == ("unknown-postmortem", Kind.NOT_FOUND)
    assert rule_of(taken(secret)) is None


def test_the_same_notes_again_say_nothing_and_others_take_their_place() -> None:
    once = taken(a_meeting(Status.SCHEDULED)).state
    again = taken(once)
    assert (again.events, again.state) == ((), once)
    other = taken(once, taking("Other.", ADMIN)).state
    assert other is not None
    assert other.notes is not None
    assert (other.notes.text, other.notes.version, other.notes.by.email) == ("Other.", 2, ADMIN.email)
    none = taken(other, taking(""))
    assert none.state is not None
    assert none.state.notes is not None
    assert (none.state.notes.text, none.state.notes.version) == ("", 3)
    assert taken(a_meeting(Status.SCHEDULED), taking("")).events == ()


def names(events: tuple[Message, ...] | tuple[Any, ...]) -> list[str]:
    return [event.name for event in events]


def test_the_end_takes_notes_along_and_without_any_leaves_those_that_are_there() -> None:
    def ended(meeting: Meeting, notes: str = "") -> Decision[Meeting | None]:
        return domain.end(meeting, EndMeeting(postmortem_id=PM, actor=OWNER, notes=notes), NOW)

    with_notes = ended(a_meeting(Status.SCHEDULED), TEXT)
    assert names(with_notes.events) == ["MeetingNotesTaken.v1", "MeetingEnded.v1"]
    assert with_notes.state is not None
    assert with_notes.state.status is Status.ENDED
    assert with_notes.due is None
    noted = taken(a_meeting(Status.SCHEDULED)).state
    assert noted is not None
    without = ended(noted)
    assert names(without.events) == ["MeetingEnded.v1"]
    assert without.state is not None
    assert without.state.notes == noted.notes
    assert rule_of(ended(a_meeting(Status.ENDED), TEXT)) == ("meeting-ended", Kind.CONFLICT)


async def test_notes_of_a_meeting_are_one_fact_however_often_they_are_sent() -> None:
    room = await a_room(drafted(), approved(), taking(), taking())
    assert room.facts()[-1] == "MeetingNotesTaken"
    assert room.facts().count("MeetingNotesTaken") == 1
    assert room.meeting.notes is not None
    assert room.meeting.notes.text == TEXT
