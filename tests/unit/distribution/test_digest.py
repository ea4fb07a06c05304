"""What a weekly digest tells: each thing once, nothing that is restricted, and nothing when there is nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.domain import Circle, Issue, Publication
from services.distribution.domain.digest.brief import Brief
from services.distribution.domain.digest.digest import BY_RULE, MOST, Digest, make_up, since_of
from services.distribution.domain.digest.month import MonthChoice, choose, shown
from services.distribution.domain.digest.plan import LATEST, SETTLED, WEEK, Plan
from services.distribution.domain.heard_meeting import HeardMeeting
from shared.contracts.base import derived_id
from shared.contracts.commands import Role
from shared.contracts.digests import ChoosePostmortemOfTheMonth
from tests.helpers.builders import NOW, PM, an_actor, an_item
from tests.unit.distribution.sharing_fakes import BERLIN, out

PLAN = Plan(day=0, hour=9, zone=BERLIN)
THIS = PLAN.newest(NOW)
SINCE = PLAN.before(THIS).due
IN = THIS.due - timedelta(days=1)
LONG_AGO = NOW - timedelta(days=30)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
OTHER, THIRD = derived_id("other"), derived_id("third")


def digest(*known: tuple[str, Publication], choice: MonthChoice | None = None, now: datetime = NOW) -> Digest:
    return make_up(PLAN, THIS, SINCE, [Brief.of(*each) for each in known], choice, now).state


def with_meeting(start: datetime | None, **fields: Any) -> tuple[str, Publication]:
    return PM, Publication(meeting=HeardMeeting(sequence=1, start=start, title="Checkout answers slowly"), **fields)


def with_item(at: datetime = LONG_AGO, **fields: Any) -> tuple[str, Publication]:
    id, known = out(at)
    return id, known.changed(items={"1": an_item(**fields)})


def corrected(first: datetime, second: datetime) -> tuple[str, Publication]:
    _, before = out(first)
    id, after = out(second, revision=3, correction_of=2)
    assert before.edition
    assert after.edition
    edition = after.edition.model_copy(update={"correction_of": 2, "changes": ("Impact", "Severity")})
    issue = Issue(edition=before.edition, approved=None, completed=True)
    return id, after.changed(edition=edition, earlier=(issue,))


@pytest.mark.parametrize(
    ("at", "told"), [(SINCE, False), (SINCE + SECOND, True), (THIS.due, True), (THIS.due + SECOND, False)]
)
def test_what_was_published_in_the_week_is_new_and_stands_in_one_digest_only(at: datetime, told: bool) -> None:
    found = digest(out(at))
    assert [entry.postmortem_id for entry in found.published] == ([PM] if told else [])
    if told:
        (entry,) = found.published
        assert (entry.title, entry.severity, entry.who, entry.at) == (
            "Checkout answers slowly",
            "sev2",
            "Olga Owner",
            at,
        )


def test_what_was_corrected_in_the_week_is_told_with_what_changed_and_what_is_new_only_once() -> None:
    found = digest(corrected(LONG_AGO, IN))
    assert [(entry.at, entry.words) for entry in found.corrected] == [(IN, "Impact, Severity")]
    assert found.published == ()
    both = digest(corrected(IN - timedelta(hours=1), IN))
    assert (len(both.published), both.corrected) == (1, ())


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (with_meeting(NOW + SECOND), True),
        (with_meeting(THIS.due + WEEK), True),
        (with_meeting(THIS.due + WEEK + SECOND), False),
        (with_meeting(NOW), False),
        (with_meeting(None), False),
        (with_meeting(NOW + SECOND, toggles=1), False),
        (with_meeting(NOW + SECOND, meeting_ended_at=NOW), False),
        (with_meeting(NOW + SECOND, circle=Circle(restricted=True)), False),
    ],
)
def test_meetings_of_the_next_week_are_told_unless_they_are_off(known: tuple[str, Publication], told: bool) -> None:
    assert [entry.title for entry in digest(known).meetings] == (["Checkout answers slowly"] if told else [])


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (with_item(due=NOW - SECOND), True),
        (with_item(due=NOW - SECOND, state="in_progress"), True),
        (with_item(due=NOW), False),
        (with_item(due=NOW - SECOND, state="done", done_at=NOW), False),
        (with_item(due=NOW - SECOND, state="wont_do", reason="x"), False),
    ],
)
def test_action_items_that_should_be_done_are_told_with_who_does_them(
    known: tuple[str, Publication], told: bool
) -> None:
    found = [(entry.title, entry.who, entry.words) for entry in digest(known).overdue]
    assert found == ([("Set the size of the pool ourselves", "Ada Moreno", "Checkout answers slowly")] if told else [])


def test_what_was_published_in_the_same_week_a_year_ago_is_told() -> None:
    year = timedelta(days=364)
    assert [entry.postmortem_id for entry in digest(out(IN - year)).anniversaries] == [PM]
    assert digest(out(SINCE - year), out(THIS.due + SECOND - year)).anniversaries == ()


def test_nothing_that_is_restricted_is_told() -> None:
    known = [out(IN), corrected(LONG_AGO, IN), with_meeting(NOW + SECOND), with_item(due=LONG_AGO), out(LONG_AGO)]
    for id, each in known:
        assert digest((id, each)).entries != () or each.edition
        decision = make_up(PLAN, THIS, SINCE, [Brief.of(id, each.changed(circle=Circle(restricted=True)))], None, NOW)
        assert decision.state.entries == ()
        assert decision.due is None


def test_with_nothing_to_tell_nothing_is_written_and_what_is_too_late_is_missed() -> None:
    empty = make_up(PLAN, THIS, SINCE, [], None, NOW)
    assert (empty.due, empty.state.entries, empty.state.missed) == (None, (), False)
    late = THIS.due + LATEST
    in_time, missed = (make_up(PLAN, THIS, SINCE, [Brief.of(*out(IN))], None, now) for now in (late, late + SECOND))
    assert (in_time.due, in_time.state.missed) == (late, False)
    assert (missed.due, missed.state.missed, missed.state.entries) == (None, True, ())


def test_a_digest_goes_on_where_the_last_one_ended_that_was_not_missed() -> None:
    weeks = [PLAN.before(THIS, n) for n in range(1, 4)]
    told = [Digest(week=week.name, since=week.due - WEEK, until=week.due) for week in weeks]
    missed = [each.model_copy(update={"missed": True}) for each in told]
    assert since_of(PLAN, THIS, told) == weeks[0].due
    assert since_of(PLAN, THIS, [missed[0], told[1], told[2]]) == weeks[1].due
    assert since_of(PLAN, THIS, [None, missed[1], told[2]]) == weeks[2].due
    assert since_of(PLAN, THIS, [None, *missed]) == weeks[0].due


def test_the_worst_come_first_and_of_too_many_the_rest_is_counted() -> None:
    known = [out(IN - n * SECOND, derived_id(str(n)), severity="sev1" if n % 2 else "sev3") for n in range(MOST + 7)]
    found = digest(*known)
    assert len(found.published) == MOST
    assert found.left_out["published"] == 7
    severities = [entry.severity or "" for entry in found.published]
    assert severities == sorted(severities)


def a_choice(chosen: str | None, why: str = "") -> MonthChoice:
    return MonthChoice(month="2026-02", chosen=chosen, why=why, chosen_by="Hana Sato", chosen_at=NOW)


def test_the_first_digest_after_a_month_tells_its_postmortem_by_a_rule_that_stands_there() -> None:
    worst = out(IN - WEEK, OTHER, severity="sev1")
    busy = worst[1].changed(items={"1": an_item(state="done", done_at=NOW)})
    found = digest(out(IN), worst, (THIRD, busy.changed(approved=busy.approved)))
    assert found.month == "2026-02"
    assert found.of_the_month
    assert (found.of_the_month.postmortem_id, found.of_the_month.words) == (THIRD, BY_RULE)
    second = make_up(PLAN, PLAN.before(THIS, -1), THIS.due, [Brief.of(*out(IN))], None, NOW + WEEK).state
    assert (second.month, second.of_the_month) == (None, None)


@pytest.mark.parametrize(("why", "words"), [("", "Chosen by Hana Sato."), ("Read it.", "Read it.")])
def test_what_admins_chose_counts_unless_it_was_restricted_since(why: str, words: str) -> None:
    worst, other = out(IN - 2 * DAY, severity="sev1"), out(LONG_AGO, OTHER, severity="sev4")
    found = digest(worst, other, choice=a_choice(OTHER, why)).of_the_month
    assert found
    assert (found.postmortem_id, found.words) == (OTHER, words)
    hidden = (OTHER, other[1].changed(circle=Circle(restricted=True)))
    ruled = digest(worst, hidden, choice=a_choice(OTHER, why)).of_the_month
    assert ruled
    assert (ruled.postmortem_id, ruled.words) == (PM, BY_RULE)


@pytest.mark.parametrize(
    ("known", "role", "rule"),
    [
        (out(IN), Role.ADMIN, None),
        (out(IN), Role.ENGINEER, "admins-only"),
        (None, Role.ADMIN, "unknown-postmortem"),
        ((PM, Publication()), Role.ADMIN, "not-published"),
        ((PM, out(IN)[1].changed(circle=Circle(restricted=True))), Role.ADMIN, "unknown-postmortem"),
        (
            (PM, out(IN)[1].changed(circle=Circle(restricted=True, readers=frozenset({"hana@example.com"})))),
            Role.ADMIN,
            "restricted-stays-out",
        ),
    ],
)
def test_only_an_admin_chooses_and_only_what_everybody_may_read(
    known: tuple[str, Publication] | None, role: Role, rule: str | None
) -> None:
    actor = an_actor("hana@example.com", role)
    command = ChoosePostmortemOfTheMonth(actor=actor, month="2026-02", chosen=PM, why="x")
    decision = choose(None, command, Brief.of(*known) if known else None, NOW)
    assert decision.reply
    assert (decision.reply.refusal.rule if decision.reply.refusal else None) == rule
    assert (decision.state is None) is (rule is not None)


def test_a_choice_is_taken_back() -> None:
    command = ChoosePostmortemOfTheMonth(actor=an_actor(role=Role.ADMIN), month="2026-02", chosen=None, why="x")
    after = choose(a_choice(PM), command, None, NOW).state
    assert after
    assert shown(after, "2026-02").data["chosen"] is None
    assert shown(after, "2026-02") == shown(None, "2026-02")


def test_what_is_restricted_afterwards_is_left_out_of_every_part() -> None:
    known = [out(IN), out(IN - 2 * DAY, OTHER, severity="sev1"), with_meeting(NOW + SECOND)]
    full = digest(*known)
    assert full.of_the_month
    assert full.without(frozenset({THIRD})) is full
    left = full.without(frozenset({OTHER}))
    assert OTHER not in {entry.postmortem_id for entry in left.entries}
    assert left.of_the_month is None
    assert PM in {entry.postmortem_id for entry in left.entries}


@given(st.lists(st.integers(0, 60 * 24 * 7 * 5), max_size=12), st.lists(st.booleans(), min_size=6, max_size=6))
def test_each_report_is_in_one_digest_whatever_weeks_were_missed(minutes: list[int], runs: list[bool]) -> None:
    """Of a run of weeks, in some of which nothing was running: after one that ran all is told, and nothing twice."""
    start = PLAN.week(THIS.monday)
    reports = [
        Brief.of(*out(start.due + timedelta(minutes=each + 1), derived_id(str(n)))) for n, each in enumerate(minutes)
    ]
    digests = [Digest(week=start.name, since=start.due - WEEK, until=start.due)]
    for n, is_running in enumerate([*runs[:5], True], start=1):
        week = PLAN.before(start, -n)
        now = week.due + (SETTLED if is_running else LATEST + SECOND)
        known = [brief for brief in reports if brief.edition and brief.edition.published_at <= now]
        since = since_of(PLAN, week, list(reversed(digests))[:4])
        digests.append(make_up(PLAN, week, since, known, None, now).state)
    told = [entry.postmortem_id for each in digests for entry in each.published]
    assert len(told) == len(set(told))
    if all(any(runs[n : n + 4]) for n in range(3)):
        assert set(told) == {brief.id for brief in reports}
