"""Approvals through the rooms' own decisions, over queues with no order that deliver twice: what goes out was approved.

The promise, for every publication P: its text has the hash that it names, and there is an approval A that review has
said of that revision with that very text. A's approvals are of as many persons as were needed, each given to that
revision and hash, none by an owner or author. And of what distribution had heard by then nothing had taken one of them
back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.distribution import domain as distribution
from services.drafting import domain as drafting
from services.review import domain as review
from shared.contracts import BaseMessage
from shared.contracts import events as said
from shared.contracts.base import content_hash
from shared.contracts.commands import Role, Verdict
from shared.contracts.verdicts import ApprovalWithdrawn, WithdrawApproval
from tests.helpers.builders import PM, an_actor
from tests.unit.distribution.fakes import TERMS
from tests.unit.test_corrections_across_rooms import ACTS, COMMUNITY, FORWARD, ROOMS, House, what_was_said

TICK = timedelta(seconds=1)
HEARD = ("distribution", "ApprovalWithdrawn.v1")
WITHDRAWALS = ("verdict_taken_back_first", "verdict_taken_back_second")


class Rooms(House):
    """The house with approvals that are taken back, a meeting that ends, and inboxes that know what they handled."""

    def __init__(self) -> None:
        self.heard: set[tuple[str, int]] = set()
        self.known_round = 0
        self.given: set[tuple[str, int, str]] = set()
        super().__init__()

    def hear(self, n: int, *, again: bool = False) -> None:
        """Let one message arrive, and perhaps come again; that has no effect, as with the rooms' inboxes."""
        n %= len(self.way)
        room, event, number = self.way[n]
        if again:
            self.way.append((room, event, number))
        if (room, number) in self.heard:
            self.way.pop(n)
            return
        self.heard.add((room, number))
        super().hear(n)

    def distributing(self, event: Any) -> None:
        if isinstance(event, ApprovalWithdrawn):
            self.known_round = max(self.known_round, event.approval_round)
        super().distributing(event)

    def say(self, events: tuple[BaseMessage, ...]) -> None:
        """Hold every publication to the promise in the moment in which it is said."""
        for event in events:
            if isinstance(event, said.Published):
                self.was_approved(event)
        super().say(events)

    def was_approved(self, published: said.Published) -> None:
        text = content_hash(published.title, published.severity, published.services, published.report)
        assert published.content_hash == text
        approvals = [
            each
            for each in what_was_said(self, said.ReviewApproved)
            if (each.revision, each.content_hash) == (published.revision, text)
            and each.approval_round >= self.known_round
        ]
        assert approvals, "nothing that was approved, or only what distribution knows to be withdrawn"
        for approved in approvals:
            people = {approval.email for approval in approved.approvals}
            assert len(people) == len(COMMUNITY)
            assert {(email, published.revision, text) for email in people} <= self.given
            assert not people & {approved.owner.email, *approved.authors}

    def verdict(self, who: int, verdict: Verdict) -> Any:
        decision = super().verdict(who, verdict)
        if verdict is Verdict.APPROVE and decision.events and self.review:
            draft = self.review.draft
            self.given.add((COMMUNITY[who].email, draft.revision, draft.content_hash))
        return decision

    def verdict_taken_back_first(self) -> Any:
        return self.take_back(0)

    def verdict_taken_back_second(self) -> Any:
        return self.take_back(1)

    def take_back(self, who: int) -> Any:
        actor = an_actor(COMMUNITY[who].email, Role.REVIEWER)
        command = WithdrawApproval(postmortem_id=PM, actor=actor, reason="I have read the log by now")
        return review.withdraw_approval(self.review, command, review.Practice(), self.now)

    def publish_late(self) -> Any:
        """The meeting is over, and the grace period after it."""
        ended = said.MeetingEnded(postmortem_id=PM, uid="u", ended_at=self.now - TERMS.grace)
        met = distribution.hear_meeting_ended(self.publication, ended, TERMS, self.now).state
        return distribution.publish_when_due(met, TERMS, self.now)


class Approvals(RuleBasedStateMachine):
    """People act, messages arrive in any order, some of them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.rooms = Rooms()

    @rule(what=st.sampled_from((*FORWARD, *ACTS, *WITHDRAWALS, *WITHDRAWALS, "publish_late")))
    def somebody_acts(self, what: str) -> None:
        self.rooms.now += TICK
        self.rooms.act(what)

    @rule(n=st.integers(0, 99), again=st.booleans())
    def a_message_arrives(self, n: int, *, again: bool) -> None:
        if self.rooms.way:
            self.rooms.hear(n, again=again)

    @rule()
    def all_that_is_on_its_way_arrives(self) -> None:
        while self.rooms.way:
            self.rooms.hear(0)

    @rule(room=st.sampled_from(ROOMS))
    def one_room_hears_what_waits_for_it(self, room: str) -> None:
        """One queue is faster than all others."""
        while mine := [n for n, (to, _, _) in enumerate(self.rooms.way) if to == room]:
            self.rooms.hear(mine[0])

    @rule(last=st.booleans())
    def it_is_approved(self, *, last: bool) -> None:
        """The usual way, which few random walks would find; the last approval may still be on its way."""
        for what in ("submit", "verdict_first", "verdict_second"):
            self.all_that_is_on_its_way_arrives()
            self.somebody_acts(what)
        if last:
            self.all_that_is_on_its_way_arrives()

    @rule(who=st.sampled_from(WITHDRAWALS), then=st.sampled_from(("publish", "publish_late", "verdict_back", "revise")))
    def an_approval_is_taken_back(self, who: str, then: str) -> None:
        """Distribution or drafting may hear of it first, and something else happens at once."""
        self.somebody_acts(who)
        self.one_room_hears_what_waits_for_it("distribution")
        self.somebody_acts(then)

    @invariant()
    def what_counts_now_was_given_to_the_text_that_stands_there(self) -> None:
        known = self.rooms.review
        if known:
            draft = known.draft
            given = {(approval.email, draft.revision, draft.content_hash) for approval in known.approvals}
            assert known.state is review.State.PUBLISHED or given <= self.rooms.given
            assert known.state is not review.State.APPROVED or len(given) >= known.needed

    def teardown(self) -> None:
        """When all is heard the rooms agree on where it stands."""
        self.all_that_is_on_its_way_arrives()
        rooms = self.rooms
        assert rooms.view
        stands = rooms.pm.state.value
        assert rooms.view.status() == stands
        if rooms.review and rooms.pm.correction_of != rooms.pm.revision:
            assert rooms.review.state.value == ("waiting" if stands in ("draft", "skipped") else stands)


def test_whatever_is_edited_approved_taken_back_and_delivered_twice_only_what_is_approved_goes_out() -> None:
    run_state_machine_as_test(Approvals, settings=settings(max_examples=150, stateful_step_count=40, deadline=None))


def live(rooms: Rooms, *steps: str) -> Rooms:
    """Let people act; `rest` lets all arrive that is on its way."""
    for step in steps:
        rooms.now += TICK
        while step == "rest" and rooms.way:
            rooms.hear(0)
        if step != "rest":
            rooms.act(step)
    return rooms


APPROVED = ("rest", "submit", "rest", "verdict_first", "rest", "verdict_second")


def test_a_withdrawal_that_distribution_has_heard_of_first_keeps_the_approval_from_being_published() -> None:
    rooms = live(Rooms(), *APPROVED, "verdict_taken_back_first")
    (withdrawn,) = [n for n, (room, event, _) in enumerate(rooms.way) if (room, event.name) == HEARD]
    rooms.hear(withdrawn)
    live(rooms, "rest", "publish", "publish_late")
    assert what_was_said(rooms, said.Published) == []
    assert rooms.pm.state is drafting.State.IN_REVIEW
    live(rooms, "verdict_first", "rest", "publish")
    assert len(what_was_said(rooms, said.Published)) == 1


def test_what_is_published_before_a_withdrawal_is_heard_of_stays_and_the_rooms_say_so() -> None:
    rooms = live(Rooms(), *APPROVED, "rest", "verdict_taken_back_first", "publish", "rest")
    assert len(what_was_said(rooms, said.Published)) == 1
    assert rooms.view
    assert rooms.review
    assert (rooms.view.status(), rooms.pm.state.value, rooms.review.state.value) == ("published",) * 3
