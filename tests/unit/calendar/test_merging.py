"""The meeting of a postmortem whose incident another one is about: called off, and on again when it goes on."""

from __future__ import annotations

from services.calendar import domain
from services.calendar.domain import Meeting, Status, Written
from services.calendar.domain.findings import settle
from shared.contracts.commands import CancelMeeting
from shared.contracts.events import DraftRevised, MeetingCancelled, MeetingScheduled, ReviewApproved
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.calendar.test_domain import APPROVALS, PRACTICE, REVISED, a_meeting, a_merge, seen


def going_on(revision: int = 2) -> DraftRevised:
    """Return the revision with which it goes on by itself."""
    event: DraftRevised = a_draft(DraftRevised, revision=revision, **REVISED)
    return event


def off(meeting: Meeting) -> Meeting:
    """Return the meeting after the merge."""
    return domain.hear_merged(meeting, a_merge(), NOW).state


def told(meeting: Meeting) -> tuple[object, ...]:
    """Return what others are told once the entry is written."""
    return settle(meeting, Written(seen(meeting)), PRACTICE, NOW).events


def test_the_meeting_of_what_is_merged_is_called_off_and_a_late_approval_does_not_bring_it_back() -> None:
    decision = domain.hear_merged(a_meeting(), a_merge(), NOW)
    assert (decision.state.status, decision.due, len(decision.events)) == (Status.CANCELLED, None, 1)
    assert isinstance(told(decision.state)[0], MeetingCancelled)
    late = domain.confirm(decision.state, a_draft(ReviewApproved, approvals=APPROVALS), (), PRACTICE, NOW)
    assert (late.state.status, late.events) == (Status.CANCELLED, ())


def test_it_has_a_slot_again_when_its_postmortem_goes_on_under_the_same_uid_with_a_higher_sequence() -> None:
    called_off = off(a_meeting())
    called_off = settle(called_off, Written(seen(called_off)), PRACTICE, NOW).state
    again = domain.follow_draft(called_off, going_on(), (), PRACTICE, NOW)
    assert again.state.status is Status.TENTATIVE
    assert again.state.sequence > called_off.sequence
    assert again.due == again.state.end
    assert isinstance(told(again.state)[0], MeetingScheduled)


def test_whichever_of_the_merge_and_the_revision_that_goes_on_is_heard_first_the_meeting_is_on() -> None:
    first = domain.follow_draft(a_meeting(), going_on(), (), PRACTICE, NOW).state
    after = domain.hear_merged(first, a_merge(), NOW)
    assert (after.state.status, after.events) == (Status.TENTATIVE, ())
    stale = domain.confirm(after.state, a_draft(ReviewApproved, approvals=APPROVALS), (), PRACTICE, NOW)
    assert stale.state.status is Status.TENTATIVE, "what was approved before the merge is void"


def test_what_people_called_off_stays_off() -> None:
    cancel = CancelMeeting(postmortem_id=PM, actor=an_actor("owner@example.com"))
    by_people = domain.cancel(a_meeting(), cancel, NOW).state
    assert by_people
    again = domain.follow_draft(off(by_people), going_on(), (), PRACTICE, NOW)
    assert again.state.status is Status.CANCELLED
