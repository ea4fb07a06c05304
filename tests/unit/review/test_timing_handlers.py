"""Review's timer over documents in memory: it rings after a restart, and looks at who can still be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from services.review.domain import Review, State
from services.review.handlers import on_due
from services.review.ports import Deps, Reviews
from shared.contracts.availability import Hours
from shared.contracts.commands import GiveVerdict, Role, Verdict
from shared.contracts.community import PutReviewer
from shared.contracts.events import DraftCreated, MeetingRescheduled, ReviewRequested
from shared.contracts.review_notices import ReviewNotice
from shared.contracts.values import Comment
from shared.messaging.documents import NotYet
from shared.messaging.outbox import Relay
from shared.messaging.timers import Due, Timers
from shared.testing import FakeBus, FixedClock, InMemoryDocuments, received
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.review.passing_time import DAY, PRACTICE, TOKYO, cancelled, meeting
from tests.unit.review.test_handlers import COMMUNITY, a_room, hear


class Room:
    """The room over memory with its timers; `restart` leaves nothing but the documents."""

    def __init__(self) -> None:
        deps, documents, bus = a_room()
        self.documents: InMemoryDocuments[Review] = documents
        self.bus: FakeBus = bus
        self.clock = FixedClock(NOW)
        self.deps = replace(deps, clock=self.clock, practice=PRACTICE, reviews=self.reviews())
        self.documents.clock = self.clock

    def reviews(self) -> Reviews:
        return Reviews(self.documents, Relay(self.documents, self.bus.publish), PRACTICE, self.clock)

    def restart(self) -> None:
        self.deps = replace(self.deps, reviews=self.reviews())

    async def open(self) -> None:
        await hear(self.deps, a_draft(DraftCreated, deadline=NOW + 9 * DAY))
        await hear(self.deps, meeting(NOW + 5 * DAY))
        request = a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com", deadline=NOW + 9 * DAY)
        await hear(self.deps, request)

    async def passing(self, time: timedelta) -> None:
        """Let time pass, look by look."""
        until = NOW + time
        timers: Timers[Deps] = Timers(self.documents, self.clock, on_due, self.deps)
        while rows := await self.documents.due(until, 10):
            self.clock.time = max(self.clock.time, rows[0][1])
            await timers.check()
        self.clock.time = until

    @property
    def review(self) -> Review:
        return self.documents.states[PM]

    def notices(self) -> list[tuple[str, str]]:
        said = [ReviewNotice.model_validate_json(each.body) for each in self.bus.said if each.name == ReviewNotice.name]
        return [(notice.kind.value, notice.recipient.email) for notice in said]


async def test_a_meeting_that_is_heard_of_before_its_draft_waits_for_it() -> None:
    room = Room()
    for event in (meeting(NOW + DAY), cancelled(1)):
        with pytest.raises(NotYet):
            await hear(room.deps, event)


async def test_the_newest_meeting_is_kept_and_until_when_a_review_is_due_moves_with_it() -> None:
    room = Room()
    await room.open()
    assert {reviewer.due for reviewer in room.review.reviewers} == {NOW + 4 * DAY}
    moved = MeetingRescheduled(**dict(meeting(NOW + 7 * DAY, 2)))
    for event in (moved, cancelled(1)):
        await hear(room.deps, event)
    assert {reviewer.due for reviewer in room.review.reviewers} == {NOW + 6 * DAY}
    await hear(room.deps, cancelled(3))
    assert {reviewer.due for reviewer in room.review.reviewers} == {NOW + 8 * DAY}


async def test_the_timer_of_a_review_rings_after_a_restart_and_says_each_thing_once() -> None:
    room = Room()
    await room.open()
    first = [reviewer.email for reviewer in room.review.reviewers]
    room.restart()
    await room.passing(DAY)
    passed_on = [email for kind, email in room.notices() if kind == "review_passed_on"]
    assert passed_on == first[:1], "there are three in all, so one of the two can be relieved"
    said = room.notices()
    room.restart()
    await room.passing(DAY + timedelta(minutes=1))
    assert room.notices() == said


async def test_who_comments_or_is_refused_is_kept_apart_in_silence() -> None:
    room = Room()
    await room.open()
    speaks, silent = (reviewer.email for reviewer in room.review.reviewers)
    comment = {"postmortem_id": PM, "revision": 1, "verdict": Verdict.COMMENT}
    await hear(
        room.deps, GiveVerdict(**comment, actor=an_actor(speaks, Role.REVIEWER), comments=(Comment(text="Why?"),))
    )
    reply = await hear(room.deps, GiveVerdict(**comment, actor=an_actor(silent, Role.REVIEWER)))
    assert reply.refusal.rule == "comment-without-text"
    await room.passing(DAY)
    assert [email for kind, email in room.notices() if kind == "review_passed_on"] == [silent]
    assert speaks in [reviewer.email for reviewer in room.review.reviewers]


@pytest.mark.parametrize("change", [{"active": False}, {"away_until": NOW + 30 * DAY}])
async def test_who_says_that_they_are_gone_is_replaced_by_who_is_there(change: dict[str, Any]) -> None:
    room = Room()
    await room.open()
    gone, stays = (reviewer.email for reviewer in room.review.reviewers)
    member = next(member for member in COMMUNITY if member.email == gone)
    await hear(room.deps, PutReviewer(actor=an_actor(gone), reviewer=member.model_copy(update=change)))
    await room.passing(timedelta(minutes=59))
    assert gone in [reviewer.email for reviewer in room.review.reviewers]
    await room.passing(timedelta(hours=1))
    assert {reviewer.email for reviewer in room.review.reviewers} == {stays, *(m.email for m in COMMUNITY)} - {gone}
    assert room.bus.names().count("ReviewersAssigned.v1") == 2


async def test_by_which_clock_somebody_lives_is_known_from_the_first_moment_on() -> None:
    room = Room()
    for member in COMMUNITY:
        hours = Hours(opens=time(7), closes=time(15))
        tokyo = member.model_copy(update={"timezone": "Asia/Tokyo", "hours": hours})
        await hear(room.deps, PutReviewer(actor=an_actor(member.email), reviewer=tokyo))
    await room.open()
    days = {PRACTICE.timing.day_of(ask.email, ask.lives) for ask in room.review.attention.asks}
    assert days == {(replace(PRACTICE.timing.hours, opens=time(7), closes=time(15)), TOKYO)}


async def test_nothing_rings_for_a_review_that_is_over() -> None:
    room = Room()
    await room.open()
    for reviewer in room.review.reviewers:
        actor = an_actor(reviewer.email, Role.REVIEWER)
        await hear(room.deps, GiveVerdict(postmortem_id=PM, actor=actor, revision=1, verdict=Verdict.APPROVE))
    assert room.review.state is State.APPROVED
    assert await room.documents.due(NOW + 99 * DAY, 10) == []
    assert await on_due(received(Due(postmortem_id="0" * 8 + "-0000-0000-0000-" + "0" * 12)), room.deps) is None
