"""The meeting's rules: every pair of state and act, and who may do what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.calendar import domain
from services.calendar.domain import MOVES, Act, Meeting, Moved, Seen, Status
from services.calendar.domain.entry import Copy, Step, entry_of, reconcile, write_id, write_id_of
from services.calendar.domain.meeting import topic_of
from shared.contracts.base import Owner, Person, postmortem_id
from shared.contracts.commands import CancelMeeting, EndMeeting, JoinMeeting, RescheduleMeeting
from shared.contracts.decision import Decision, Kind
from shared.contracts.events import AccessChanged, DraftCreated, DraftRevised, ReviewApproved
from shared.contracts.meeting_notices import LeaveMeeting
from shared.contracts.merging import PostmortemMerged
from shared.contracts.values import Approval, Attendee
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.calendar.fakes import UID, a_practice, utc

OTHER = postmortem_id("tool", "other")
START, END = utc("2026-03-04T09:00"), utc("2026-03-04T10:00")
PRACTICE = a_practice()
OWNER = an_actor("owner@example.com")
CHANGED = {"changed_at": NOW, "changed_by": "owner@example.com"}
REVISED = {"status": "draft", "revised_at": NOW, "revised_by": "owner@example.com"}
APPROVALS = (Approval(name="Ruth", email="ruth@example.com", at=NOW),)


def a_meeting(status: Status = Status.TENTATIVE, **fields: Any) -> Meeting:
    given: dict[str, Any] = {
        "postmortem_id": PM,
        "status": status,
        "topic": topic_of(a_draft(DraftCreated)),
        "start": START,
        "end": END,
        "created_at": NOW,
        "changed_at": NOW,
    } | fields
    return Meeting(**given)


def seen(meeting: Meeting) -> Seen:
    return Seen(etag='"1"', write_id=write_id_of(meeting), start=meeting.start, end=meeting.end)


def a_copy(meeting: Meeting, **fields: Any) -> Copy:
    entry = entry_of(meeting, PRACTICE)
    given: dict[str, Any] = {
        "uid": UID,
        "etag": '"2"',
        "text": "",
        "start": entry.start,
        "end": entry.end,
        "status": entry.status,
        "sequence": entry.sequence,
        "write_id": entry.write_id,
    } | fields
    return Copy(**given)


def perform(act: Act, meeting: Meeting) -> Decision[Any]:  # noqa: PLR0911, C901 - one line an act
    """Do an act to a meeting as the room does, with somebody who may."""
    revised = a_draft(DraftRevised, revision=2, title="Another title", **REVISED)
    approved = a_draft(ReviewApproved, approvals=APPROVALS)
    match act:
        case Act.REVISE:
            return domain.follow_draft(meeting, revised, (), PRACTICE, NOW)
        case Act.APPROVE:
            return domain.confirm(meeting, approved, (), PRACTICE, NOW)
        case Act.MOVE:
            move = RescheduleMeeting(postmortem_id=PM, actor=OWNER, start=START + timedelta(hours=2))
            return domain.reschedule(meeting, move, NOW)
        case Act.JOIN:
            return domain.join(meeting, JoinMeeting(postmortem_id=PM, actor=an_actor()), NOW)
        case Act.LEAVE:
            welcome = (Attendee(name="Gil", email="gil@example.com", required=False, role="guest"),)
            there = meeting.model_copy(update={"joined": welcome if meeting.status in domain.LIVE else ()})
            return domain.leave(there, LeaveMeeting(postmortem_id=PM, actor=an_actor(welcome[0].email)), NOW)
        case Act.ELAPSE:
            return domain.pass_time(meeting, None, (), PRACTICE, END)
        case Act.END:
            return domain.end(meeting, EndMeeting(postmortem_id=PM, actor=OWNER), NOW)
        case Act.CANCEL:
            return domain.cancel(meeting, CancelMeeting(postmortem_id=PM, actor=OWNER), NOW)
        case Act.SKIP:
            return domain.follow_draft(meeting, a_draft(AccessChanged, toggles=1, **CHANGED), (), PRACTICE, NOW)
        case Act.REQUIRE:
            off = meeting.model_copy(update={"skipped": meeting.status is Status.CANCELLED})
            return domain.follow_draft(off, a_draft(AccessChanged, toggles=2, **CHANGED), (), PRACTICE, NOW)
        case Act.MERGE:
            return domain.hear_merged(meeting, a_merge(), NOW)


def a_merge(revision: int = 1) -> PostmortemMerged:
    """Return the fact that another postmortem is about the incident."""
    by = "chen@example.com"
    return PostmortemMerged(postmortem_id=PM, into=OTHER, revision=revision, merged_at=NOW, merged_by=by)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("act", Act)
def test_a_meeting_moves_only_along_its_table(status: Status, act: Act) -> None:
    meeting = a_meeting(status)
    decision = perform(act, meeting)
    allowed = (status, act) in MOVES
    assert decision.state.status is MOVES.get((status, act), status)
    assert bool(decision.events) is allowed
    if not allowed:
        assert decision.state.model_copy(update={"topic": meeting.topic}) == meeting
        commanded = act in (Act.MOVE, Act.JOIN, Act.LEAVE, Act.END, Act.CANCEL)
        assert (decision.reply is not None) is commanded
        assert not commanded or (
            decision.reply and decision.reply.refusal and decision.reply.refusal.kind is Kind.CONFLICT
        )


@pytest.mark.parametrize(("status", "act"), MOVES)
def test_a_meeting_that_lies_ahead_always_has_a_timer(status: Status, act: Act) -> None:
    decision = perform(act, a_meeting(status))
    ahead = decision.state.status in domain.LIVE
    assert decision.due == (decision.state.end if ahead else None)


def test_a_draft_holds_a_tentative_slot_for_owner_and_people() -> None:
    decision = domain.follow_draft(None, a_draft(DraftCreated), (), PRACTICE, NOW)
    meeting = decision.state
    assert meeting.status is Status.TENTATIVE
    assert (meeting.start, meeting.end) == (utc("2026-03-03T12:00"), utc("2026-03-03T13:00"))
    assert [a.email for a in domain.attendees(meeting)] == ["owner@example.com", "responder@example.com"]
    assert [event.address() for event in decision.events] == ["calendar.WriteMeeting.v1"]


def test_an_older_revision_that_comes_late_changes_nothing() -> None:
    meeting = a_meeting(topic=topic_of(a_draft(DraftCreated, revision=3, title="Newest")))
    assert domain.follow_draft(meeting, a_draft(DraftCreated), (), PRACTICE, NOW).state == meeting


def test_a_revision_that_changes_only_the_text_leaves_the_entry_alone() -> None:
    revised = a_draft(DraftRevised, revision=2, report={"overview": "Other words."}, **REVISED)
    decision = domain.follow_draft(a_meeting(), revised, (), PRACTICE, NOW)
    assert decision.state.topic.revision == 2
    assert not decision.events


def test_title_and_people_follow_the_newest_revision_without_counting_sequence_up() -> None:
    people = (Person(name="Nora New", email="nora@example.com"),)
    revised = a_draft(DraftRevised, revision=2, title="Another title", people=people, **REVISED)
    after = domain.follow_draft(a_meeting(), revised, (), PRACTICE, NOW).state
    assert (after.topic.title, after.sequence, after.form) == ("Another title", 0, 2)
    assert [a.email for a in domain.attendees(after)] == ["owner@example.com", "nora@example.com"]


def test_an_approval_confirms_the_slot_and_makes_its_reviewers_welcome() -> None:
    after = domain.confirm(a_meeting(), a_draft(ReviewApproved, approvals=APPROVALS), (), PRACTICE, NOW).state
    assert (after.status, after.start, after.sequence) == (Status.SCHEDULED, START, 1)
    assert domain.attendees(after)[-1] == Attendee(
        name="Ruth", email="ruth@example.com", required=False, role="reviewer"
    )


def test_an_approval_after_the_slot_began_chooses_another() -> None:
    late = START + timedelta(minutes=5)
    after = domain.confirm(a_meeting(), a_draft(ReviewApproved, approvals=APPROVALS), (), PRACTICE, late).state
    assert after.start >= late + PRACTICE.notice


def test_an_approval_without_a_draft_makes_the_meeting_and_a_late_draft_does_not_undo_it() -> None:
    first = domain.confirm(None, a_draft(ReviewApproved, approvals=APPROVALS), (), PRACTICE, NOW).state
    assert first.status is Status.SCHEDULED
    assert domain.follow_draft(first, a_draft(DraftCreated), (), PRACTICE, NOW).state == first


def test_a_tentative_meeting_that_was_missed_gets_another_slot_with_notice() -> None:
    decision = domain.pass_time(a_meeting(), None, (), PRACTICE, END)
    assert decision.state.status is Status.TENTATIVE
    assert decision.state.start >= END + PRACTICE.notice
    assert decision.due == decision.state.end


def test_a_slot_missed_past_the_deadline_still_keeps_the_notice() -> None:
    now = NOW + timedelta(days=30)
    after = domain.pass_time(a_meeting(), None, (), PRACTICE, now).state
    assert after.start >= now + PRACTICE.notice
    assert "after the deadline" in after.needs_attention


def test_a_meeting_that_a_person_moved_ahead_is_not_over() -> None:
    meeting = a_meeting(Status.SCHEDULED)
    later = (START + timedelta(hours=3), END + timedelta(hours=3))
    decision = domain.pass_time(meeting, Moved(a_copy(meeting, start=later[0], end=later[1])), (), PRACTICE, END)
    assert (decision.state.status, decision.state.end) == (Status.SCHEDULED, later[1])


def test_a_meeting_whose_start_alone_a_person_moved_is_over_all_the_same() -> None:
    meeting = a_meeting(Status.SCHEDULED)
    moved = Moved(a_copy(meeting, start=START - timedelta(hours=1)))
    decision = domain.pass_time(meeting, moved, (), PRACTICE, END)
    assert (decision.state.status, decision.due) == (Status.ENDED, None)
    assert [event.name for event in decision.events] == ["WriteMeeting.v1", "MeetingEnded.v1"]


def test_everybody_is_invited_once() -> None:
    draft = a_draft(
        DraftCreated,
        owner=Owner(name="Olga", email="owner@example.com"),
        people=(
            Person(name="Olga again", email="owner@example.com"),
            Person(name="Nameless"),
            Person(name="R", email="r@example.com"),
        ),
    )
    meeting = a_meeting(topic=topic_of(draft), joined=(Attendee(name="R", email="r@example.com", required=False),))
    assert [(a.email, a.required) for a in domain.attendees(meeting)] == [
        ("owner@example.com", True),
        ("r@example.com", True),
    ]


LATER: dict[str, Any] = {"start": START + timedelta(hours=1), "end": END + timedelta(hours=1)}


@pytest.mark.parametrize(
    ("meeting", "copy", "step"),
    [
        (a_meeting(), None, Step.CREATE),
        (a_meeting(Status.CANCELLED), None, Step.CREATE),
        (a_meeting(seen=seen(a_meeting())), None, Step.MISSING),
        (a_meeting(), a_copy(a_meeting()), Step.WRITTEN),
        (a_meeting(form=2, **LATER), a_copy(a_meeting()), Step.REPLACE),
        (a_meeting(), a_copy(a_meeting(form=2)), Step.BEHIND),
        (a_meeting(), a_copy(a_meeting(), **LATER), Step.MOVED),
        (a_meeting(), a_copy(a_meeting(), status="CANCELLED"), Step.MOVED),
        (a_meeting(Status.CANCELLED), a_copy(a_meeting(), **LATER), Step.REPLACE),
        (a_meeting(), a_copy(a_meeting(), write_id=""), Step.REPLACE),
        (a_meeting(form=2, **LATER, seen=seen(a_meeting())), a_copy(a_meeting(), write_id=""), Step.REPLACE),
        (a_meeting(), a_copy(a_meeting(), start=None, end=None), Step.REPLACE),
        (a_meeting(), a_copy(a_meeting(), write_id="7²-x"), Step.REPLACE),
    ],
    ids=[
        "new",
        "cancelled before it was written",
        "deleted",
        "lost reply",
        "earlier form of ours",
        "later form of ours",
        "moved",
        "called off by a person",
        "cancelled wins over a move",
        "write id lost",
        "write id lost, new times",
        "unreadable",
        "strange write id",
    ],
)
def test_what_to_do_about_an_entry(meeting: Meeting, copy: Copy | None, step: Step) -> None:
    assert reconcile(meeting, copy) is step


def test_the_same_intention_has_the_same_mark_and_another_has_another() -> None:
    assert write_id_of(a_meeting()) == write_id(UID, 1, START, END, "TENTATIVE")
    assert len({write_id_of(a_meeting(form=form, status=status)) for form in (1, 2) for status in domain.LIVE}) == 4
