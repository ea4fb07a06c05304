"""Reminders: in time, in the day of whose it is, each once, and none after the end."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.drafting import domain
from services.drafting.domain import Known, Postmortem, State
from services.drafting.domain.reminders import next_look, remind
from services.drafting.domain.schedule import OF_ITEMS, Moment, Reminders, Schedule
from shared.contracts.action_items import ItemState
from shared.contracts.base import Owner
from shared.contracts.commands import Role, SubmitForReview
from shared.contracts.events import ChangesRequested
from shared.contracts.notices import ReminderDue, ReminderKind
from shared.contracts.skipping import RequirePostmortem
from shared.contracts.values import Reviewer
from tests.helpers.builders import NOW, PM, an_actor, an_item
from tests.unit.drafting.test_domain import GUIDANCE, a_correction, a_revision, a_skip, drafted, told
from tests.unit.drafting.test_merged_incidents import ONE, merging, unmerging

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
HOME = dataclasses.replace(
    GUIDANCE,
    directory=(*GUIDANCE.directory, Known("Hana", "hana@example.com", (), TOKYO)),
    reminders=Reminders(drafts=Schedule(before=(48 * HOUR, 24 * HOUR), late_every=2 * DAY, late_times=3)),
)
DUE = drafted().deadline or NOW
"""A Monday, 13:50 in Berlin."""
HANDED = drafted().changed(owner=Owner(name="Rita", email="rita@example.com"))
"""One that the incident commander has handed over."""


def said(postmortem: Postmortem, now: datetime) -> list[ReminderDue]:
    return [event for event in remind(postmortem, HOME, now).events if isinstance(event, ReminderDue)]


def passing(postmortem: Postmortem, since: datetime, until: datetime) -> list[ReminderDue]:
    """Ring whenever the timer does, as long as time passes; return all that was said."""
    found, now = [], next_look(postmortem, HOME, since)
    while now and now <= until:
        decision = domain.ring(postmortem, HOME, now)
        found += [event for event in decision.events if isinstance(event, ReminderDue)]
        postmortem, now = decision.state, next_look(decision.state, HOME, now)
    return found


def test_of_a_draft_its_owner_is_reminded_before_and_at_the_deadline_and_then_every_so_often() -> None:
    found = passing(drafted(), NOW, NOW + 99 * DAY)
    assert [(event.at - DUE, event.step, event.kind) for event in found] == [
        (-2 * DAY, 1, ReminderKind.DRAFT_DUE),
        (-1 * DAY, 2, ReminderKind.DRAFT_DUE),
        (0 * DAY, 3, ReminderKind.DRAFT_DUE),
        (2 * DAY, 4, ReminderKind.DRAFT_LATE),
        (4 * DAY, 5, ReminderKind.DRAFT_LATE),
        (6 * DAY, 6, ReminderKind.DRAFT_LATE),
    ]
    assert {(event.recipient.email, event.due, event.item) for event in found} == {("ian@example.com", DUE, None)}


def test_once_it_is_late_the_incident_commander_is_told_too() -> None:
    told_of = [(event.step, event.recipient.email) for event in passing(HANDED, NOW, DUE + 3 * DAY)]
    assert told_of == [(n, "rita@example.com") for n in (1, 2, 3, 4)] + [(4, "ian@example.com")]


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.APPROVED, State.PUBLISHED, State.SKIPPED])
def test_nobody_is_reminded_of_what_is_out_of_their_hands(state: State) -> None:
    postmortem = drafted().changed(state=state)
    assert (next_look(postmortem, HOME, NOW), said(postmortem, DUE + DAY)) == (None, [])


def test_a_correction_has_no_deadline_to_remind_of() -> None:
    published = drafted().changed(state=State.PUBLISHED, published=1)
    correcting = domain.correct(published, a_correction(), HOME, NOW).state
    assert correcting
    assert next_look(correcting, HOME, NOW) is None


def test_a_room_that_was_down_says_where_things_stand_and_nothing_of_what_it_missed() -> None:
    once = [(event.step, event.kind, event.recipient.email) for event in said(HANDED, DUE + 5 * DAY)]
    assert once == [(1, ReminderKind.DRAFT_LATE, who) for who in ("rita@example.com", "ian@example.com")]
    after = remind(HANDED, HOME, DUE + 5 * DAY).state
    assert said(after, DUE + 5 * DAY) == []
    assert next_look(after, HOME, DUE + 5 * DAY) == DUE + 6 * DAY


def test_a_moment_that_had_passed_when_there_was_something_to_do_is_not_caught_up_with() -> None:
    late_import = drafted().changed(revisions=(), deadline=NOW - DAY)
    assert [event.at for event in passing(late_import, NOW, NOW + 2 * DAY)] == [NOW + DAY]
    item = an_item(due=NOW + HOUR, created_at=NOW)
    published = drafted().changed(state=State.PUBLISHED, action_items=(item,))
    assert next_look(published, HOME, NOW) == NOW + HOUR


def test_of_an_item_its_owner_is_reminded_until_it_ends_also_after_publication() -> None:
    item = an_item(due=NOW + 10 * DAY)
    published = drafted().changed(state=State.PUBLISHED, action_items=(item,))
    found = passing(published, NOW, NOW + 99 * DAY)
    assert [(event.at - item.due) / DAY for event in found] == [-3, 0, *(7 * n for n in range(1, 9))]
    assert {event.recipient.email for event in found} == {"ada@example.com"}
    assert Counter(event.kind for event in found) == {ReminderKind.ITEM_DUE: 2, ReminderKind.ITEM_LATE: 8}
    for end in (ItemState.DONE, ItemState.WONT_DO):
        ended = published.changed(action_items=(item.model_copy(update={"state": end}),))
        assert next_look(ended, HOME, NOW) is None


def test_who_may_not_see_the_postmortem_is_not_reminded_of_an_item_of_it() -> None:
    closed = drafted().changed(restricted=True, state=State.PUBLISHED, action_items=(an_item(),))
    assert next_look(closed, HOME, NOW) is None
    shown = closed.changed(readers=("ada@example.com",))
    assert next_look(shown, HOME, NOW)
    assert all(event.restricted for event in passing(shown, NOW, NOW + 99 * DAY))


@pytest.mark.parametrize(
    ("at", "zone", "awake"),
    [
        ("2026-03-02T12:00", BERLIN, "2026-03-02T12:00"),
        ("2026-03-02T06:59", BERLIN, "2026-03-02T07:00"),
        ("2026-03-02T19:00", BERLIN, "2026-03-03T07:00"),
        ("2026-03-02T12:00", TOKYO, "2026-03-02T23:00"),
        ("2026-03-28T22:00", BERLIN, "2026-03-29T06:00"),  # the clocks go forward that night
        ("2026-10-24T22:00", BERLIN, "2026-10-25T07:00"),  # and back that one
    ],
)
def test_what_falls_into_the_night_waits_for_the_morning(at: str, zone: ZoneInfo, awake: str) -> None:
    moment, expected = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (at, awake))
    assert Reminders().awake(moment, zone) == expected


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    st.sampled_from([BERLIN, TOKYO, ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe")]),
    st.integers(0, 22),
)
def test_whenever_it_is_the_moment_is_in_somebody_s_day_and_no_further_away_than_that(
    moment: datetime, zone: ZoneInfo, opens: int
) -> None:
    hours = Reminders(opens=time(opens, 30), closes=time(23, 45))
    awake = hours.awake(moment, zone)
    assert moment <= awake <= moment + timedelta(hours=26)
    assert hours.awake(awake, zone) == awake


def test_without_a_schedule_nobody_is_reminded_and_of_a_slip_of_the_pen_neither() -> None:
    never = Schedule(before=(), late_every=DAY, late_times=0)
    assert list(never.moments(NOW)) == []
    assert list(OF_ITEMS.moments(datetime(9999, 12, 31, tzinfo=UTC))) == []
    assert list(OF_ITEMS.moments(datetime(1, 1, 1, tzinfo=UTC))) == []
    assert list(Schedule(before=(HOUR,), late_every=DAY, late_times=0).moments(NOW)) == [
        Moment(NOW - HOUR, late=False),
        Moment(NOW, late=False),
    ]


class Life:
    """One postmortem whose timer is looked at when somebody likes; what was said, and whether it was due then."""

    def __init__(self) -> None:
        self.now = NOW
        self.pm: Postmortem = told().state
        self.due: datetime | None = NOW
        self.said: list[ReminderDue] = []

    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def do(self, decision: Any, by: str = "afterword") -> None:
        if decision.reply and decision.reply.refusal:
            return
        attended = domain.attend(self.pm, decision, by, HOME, self.now)
        assert attended.state
        assert attended.due is None or attended.due > self.now
        self.pm, self.due = attended.state, attended.due
        for event in attended.events:
            if isinstance(event, ReminderDue):
                assert self.is_somebody_s(event)
                self.said.append(event)

    def is_somebody_s(self, event: ReminderDue) -> bool:
        assert self.pm.merged_into is None
        if event.item is None:
            return self.pm.state in (State.DRAFT, State.CHANGES_REQUESTED) and event.due == self.pm.deadline
        return event.item in self.pm.action_items and event.item.state in (ItemState.OPEN, ItemState.IN_PROGRESS)

    def ring(self) -> None:
        """The timers are looked at: what is due is handed over."""
        if self.due and self.due <= self.now:
            self.do(domain.ring(self.pm, HOME, self.now))
            assert said(self.pm, self.now) == []

    def look(self) -> None:
        """A timer rings that was taken off meanwhile, or twice."""
        self.do(domain.ring(self.pm, HOME, self.now))

    def submit(self) -> None:
        self.do(domain.submit(self.pm, SubmitForReview(postmortem_id=PM, actor=an_actor()), HOME, self.now))

    def send_back(self) -> None:
        reviewer = Reviewer(name="R", email="r@example.com")
        event = ChangesRequested(postmortem_id=PM, revision=self.pm.revision or 1, reviewer=reviewer, at=self.now)
        self.do(domain.hear_changes_requested(self.pm, event))

    def skip(self) -> None:
        command = a_skip().model_copy(update={"actor": an_actor("boss@example.com", Role.ADMIN)})
        self.do(domain.skip(self.pm, command, self.now), "boss@example.com")

    def require(self) -> None:
        command = RequirePostmortem(postmortem_id=PM, actor=an_actor(), reason="x")
        self.do(domain.require(self.pm, command, HOME, self.now), "somebody@example.com")

    def merge(self) -> None:
        self.do(domain.merge(self.pm, merging(PM, ONE), self.now), "chen@example.com")

    def unmerge(self) -> None:
        self.do(domain.unmerge(self.pm, unmerging(PM, ONE), HOME, self.now), "chen@example.com")

    def hand_over(self) -> None:
        here = self.pm.owner and self.pm.owner.email == "hana@example.com"
        owner = {"name": "Ian", "email": "ian@example.com"} if here else {"name": "Hana", "email": "hana@example.com"}
        command = a_revision(self.pm.revision or 1, owner=owner)
        self.do(domain.revise(self.pm, command, HOME, self.now), "author@example.com")

    def worsen(self) -> None:
        severity = "sev1" if self.pm.severity == "sev2" else "sev2"
        command = a_revision(self.pm.revision or 1, severity=severity)
        self.do(domain.revise(self.pm, command, HOME, self.now), "author@example.com")

    def add(self) -> None:
        item = an_item(id=f"7a4f5f0e-1c4e-5b0e-8a51-{len(self.pm.action_items):012}", created_at=self.now)
        item = item.model_copy(update={"due": self.now + 5 * DAY})
        if self.pm.revision:
            self.do(domain.hear_changes_requested(self.pm, self._nothing()))
            self.pm = self.pm.changed(action_items=(*self.pm.action_items, item))

    def finish(self) -> None:
        """Turn what is done into what is not, and the other way round; move what is not."""
        flip = {ItemState.OPEN: ItemState.DONE, ItemState.DONE: ItemState.OPEN}
        self.pm = self.pm.changed(
            action_items=tuple(
                item.model_copy(update={"state": flip[item.state], "due": item.due + DAY})
                for item in self.pm.action_items
            )
        )
        self.do(domain.hear_changes_requested(self.pm, self._nothing()))

    def _nothing(self) -> ChangesRequested:
        reviewer = Reviewer(name="R", email="r@example.com")
        return ChangesRequested(postmortem_id=PM, revision=0, reviewer=reviewer, at=self.now)


WORK = ("submit", "send_back", "skip", "require", "merge", "unmerge", "hand_over", "worsen", "add", "finish")
ACTS = ("ring", "ring", "look", *WORK)
STEPS = st.lists(st.sampled_from(ACTS) | st.integers(1, 9 * 24 * 60), max_size=60)


@settings(max_examples=400, deadline=None)
@given(STEPS)
def test_whatever_happens_when_no_step_is_said_twice_none_after_the_end_and_the_next_look_is_ahead(
    steps: list[str | int],
) -> None:
    life = Life()
    for step in steps:
        if isinstance(step, int):
            life.pass_time(step)
        else:
            getattr(life, step)()
    known = Counter((event.item.id if event.item else "", event.step, event.recipient.email) for event in life.said)
    assert set(known.values()) <= {1}
    for matter in {event.item.id if event.item else "" for event in life.said}:
        steps_said = [event.step for event in life.said if (event.item.id if event.item else "") == matter]
        assert steps_said == sorted(steps_said)
        assert set(steps_said) == set(range(1, max(steps_said) + 1))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([a for a in ACTS if a != "look"]), max_size=12))
@example(["hand_over", "add", "worsen", "worsen", "finish", "finish"])
def test_a_timer_that_rings_in_time_wakes_nobody(acts: list[str]) -> None:
    life = Life()
    life.pass_time(5)
    life.ring()
    for act in acts:
        getattr(life, act)()
        while life.due and life.due < life.now + 2 * DAY:
            life.now = life.due
            life.ring()
    for event in life.said:
        zones = [HOME.zone_of(event.item.owner.email)] if event.item else [BERLIN, TOKYO]
        hours = {event.at.astimezone(zone).hour for zone in zones}
        assert any(8 <= hour < 20 for hour in hours)
