"""What people ask of a meeting: move, cancel, end, join."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.calendar import domain
from services.calendar.domain import Status
from shared.contracts.commands import CancelMeeting, EndMeeting, JoinMeeting, RescheduleMeeting, Role
from shared.contracts.decision import Kind
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.calendar.fakes import UID
from tests.unit.calendar.test_domain import OWNER, START, a_meeting


@pytest.mark.parametrize(
    ("times", "rule", "field"),
    [
        ((START, START), "end-before-start", "end"),
        ((NOW - timedelta(minutes=1), None), "in-the-past", "start"),
        ((START, START + timedelta(hours=4, minutes=1)), "too-long", "end"),
    ],
)
def test_times_that_make_no_meeting_are_refused(times: tuple[Any, Any], rule: str, field: str) -> None:
    command = RescheduleMeeting(postmortem_id=PM, actor=an_actor(), start=times[0], end=times[1])
    reply = domain.reschedule(a_meeting(), command, NOW).reply
    assert reply is not None
    assert reply.refusal is not None
    assert (reply.refusal.rule, reply.refusal.field, reply.refusal.kind) == (rule, field, Kind.INVALID)


def test_any_engineer_moves_the_meeting_and_its_length_stays() -> None:
    command = RescheduleMeeting(postmortem_id=PM, actor=an_actor(), start=START + timedelta(days=1))
    decision = domain.reschedule(a_meeting(Status.SCHEDULED), command, NOW)
    assert decision.state is not None
    assert (decision.state.end - decision.state.start, decision.state.sequence) == (timedelta(hours=1), 1)
    assert decision.reply is not None
    assert decision.reply.data == {
        "uid": UID,
        "status": "scheduled",
        "start": "2026-03-05T09:00:00Z",
        "end": "2026-03-05T10:00:00Z",
        "needs_attention": "",
    }


def test_a_move_past_the_deadline_is_done_and_pointed_out() -> None:
    command = RescheduleMeeting(postmortem_id=PM, actor=an_actor(), start=NOW + timedelta(days=9))
    after = domain.reschedule(a_meeting(), command, NOW).state
    assert after is not None
    assert after.needs_attention == "it is after the deadline"


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [(OWNER, True), (an_actor("admin@example.com", Role.ADMIN), True), (an_actor("responder@example.com"), False)],
)
def test_owner_and_administrators_cancel_and_nobody_else(actor: Any, allowed: bool) -> None:
    reply = domain.cancel(a_meeting(), CancelMeeting(postmortem_id=PM, actor=actor), NOW).reply
    assert reply is not None
    assert (reply.refusal is None) is allowed


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (OWNER, True),
        (an_actor("responder@example.com"), True),
        (an_actor("admin@example.com", Role.ADMIN), True),
        (an_actor("stranger@example.com"), False),
    ],
)
def test_whoever_attends_ends_the_meeting(actor: Any, allowed: bool) -> None:
    reply = domain.end(a_meeting(Status.SCHEDULED), EndMeeting(postmortem_id=PM, actor=actor), NOW).reply
    assert reply is not None
    assert (reply.refusal is None) is allowed


def test_a_tentative_meeting_cannot_end() -> None:
    reply = domain.end(a_meeting(), EndMeeting(postmortem_id=PM, actor=OWNER), NOW).reply
    assert reply is not None
    assert reply.refusal is not None
    assert reply.refusal.rule == "not-scheduled"


def test_joining_twice_is_joining_once() -> None:
    command = JoinMeeting(postmortem_id=PM, actor=an_actor())
    once = domain.join(a_meeting(), command, NOW)
    assert once.state is not None
    again = domain.join(once.state, command, NOW)
    assert again.state == once.state
    assert not again.events
    assert once.state.sequence == 0


@pytest.mark.parametrize(
    "command",
    [
        lambda: domain.reschedule(None, RescheduleMeeting(postmortem_id=PM, actor=OWNER, start=START), NOW),
        lambda: domain.cancel(None, CancelMeeting(postmortem_id=PM, actor=OWNER), NOW),
        lambda: domain.end(None, EndMeeting(postmortem_id=PM, actor=OWNER), NOW),
        lambda: domain.join(None, JoinMeeting(postmortem_id=PM, actor=OWNER), NOW),
    ],
)
def test_a_command_for_an_unknown_postmortem_is_refused(command: Any) -> None:
    reply = command().reply
    assert (reply.refusal.rule, reply.refusal.kind) == ("unknown-postmortem", Kind.NOT_FOUND)
