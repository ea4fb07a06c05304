"""Who is asked: each hard rule, the order of preferences, pairs, and that the order of the input does not matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review import domain
from services.review.domain import RULES, Load, Member, Pool, Practice
from services.review.domain.assigning import awake, hoped_for
from shared.contracts.availability import Away, Hours
from shared.contracts.base import Person
from shared.contracts.community import Level
from shared.contracts.events import DraftCreated, Snapshot
from shared.contracts.values import AskedReviewer
from tests.helpers.builders import NOW, a_draft

DUE = NOW + timedelta(days=2)
OWNER, WRITER, RESPONDER = "owner@example.com", "writer@example.com", "responder@example.com"


def a_member(name: str, **fields: Any) -> Member:
    return Member.model_validate({"name": name.title(), "email": f"{name}@example.com", **fields})


REST = tuple(a_member(name) for name in ("dina", "elias", "farah"))


def the_draft(**fields: Any) -> Snapshot:
    draft: Snapshot = a_draft(DraftCreated, authors=(WRITER,), **fields)
    return draft


def assigned(
    *members: Member,
    draft: Snapshot | None = None,
    practice: Practice | None = None,
    busy: dict[str, Load] | None = None,
    before: tuple[AskedReviewer, ...] = (),
    declined: frozenset[str] = frozenset(),
) -> domain.Assignment:
    pool = Pool(members=members, workload=busy or {})
    return domain.assign(draft or the_draft(), before, pool, practice or Practice(), NOW, DUE, declined)


def names(found: domain.Assignment) -> list[str]:
    return [reviewer.name for reviewer in found.reviewers]


BREAKERS: dict[str, list[Member]] = {
    "not-a-member": [a_member("gone", active=False)],
    "own-postmortem": [
        *(a_member("x", email=email) for email in (OWNER, WRITER, RESPONDER)),
        *(a_member("x", email=email) for email in ("Owner+Reviews@example.com", "WRITER+2@EXAMPLE.com")),
        *(a_member("x", aliases=(email,)) for email in (OWNER, "responder+oncall@example.com")),
    ],
    "same-team": [a_member("x", team="Blue"), a_member("told")],
    "not-a-reader": [a_member("stranger")],
    "declined-before": [a_member("refused")],
    "reviewer-away": [
        a_member("x", away_until=NOW + timedelta(hours=1)),
        a_member("x", away=(Away(since=NOW.date(), until=NOW.date()),)),
        a_member("x", away=(Away(since=NOW, until=NOW + timedelta(hours=1)),)),
    ],
    "at-capacity": [a_member("busy"), a_member("busy", capacity=2)],
    "no-awake-hours": [
        a_member("x", hours=Hours(opens="11:00", closes="11:30")),
        a_member("x", away=(Away(since=NOW + timedelta(minutes=30), until=DUE),)),
        a_member("x", away=(Away(since=NOW + timedelta(minutes=1), until=NOW + timedelta(days=9)),)),
    ],
}


def test_every_hard_rule_is_tried_here() -> None:
    assert list(BREAKERS) == [rule.name for rule in RULES]


@pytest.mark.parametrize(("rule", "member"), [(rule, member) for rule in BREAKERS for member in BREAKERS[rule]])
@given(st.permutations(REST), st.integers(1, 4))
def test_who_breaks_a_rule_is_never_asked_and_is_counted_unless_gone(
    rule: str, member: Member, rest: list[Member], wanted: int
) -> None:
    owner = a_member("o", email=OWNER, team="blue", active=False)
    is_closed = rule == "not-a-reader"
    found = assigned(
        *(*rest, member, owner),
        draft=the_draft(restricted=is_closed, readers=tuple(m.email for m in REST) if is_closed else ()),
        practice=Practice(wanted=wanted, capacity=3, teams={"told@example.com": "BLUE"}),
        busy={"busy@example.com": Load(open=3)},
        declined=frozenset({"refused@example.com"}),
    )
    assert member.email not in {reviewer.email for reviewer in found.reviewers}
    assert len(found.reviewers) == min(wanted, len(REST))
    counts = next(each.counts for each in RULES if each.name == rule)
    assert found.reasons.model_dump().get(counts, 0) == (rule != "not-a-member")


def test_a_chain_of_aliases_leads_to_whoever_is_behind_it() -> None:
    first = a_member("first", aliases=("second@example.com",))
    second = a_member("second", aliases=(OWNER,))
    assert names(assigned(first, second, *REST[:1])) == ["Dina"]


def test_two_accounts_of_one_person_are_asked_once() -> None:
    twice = (
        a_member("dina"),
        a_member("x", email="dina+work@example.com"),
        a_member("y", aliases=("dina@example.com",)),
    )
    assert len(assigned(*twice).reviewers) == 1


@pytest.mark.parametrize(
    ("same_team", "asked"), [(None, {"Author", "None"}), (True, {"Ours", "Author", "None"}), (False, {"None"})]
)
def test_teams_are_kept_away_as_the_policy_says(same_team: bool | None, asked: set[str]) -> None:
    members = (a_member("ours", email="a@example.com", team="o"), a_member("author", team="w"), a_member("none"))
    practice = Practice(wanted=3, same_team=same_team, teams={OWNER: "O", WRITER: "W"})
    assert set(names(assigned(*members, practice=practice))) == asked


def test_who_was_asked_before_is_asked_again_though_they_are_full_unless_a_rule_bars_them_by_now() -> None:
    before = tuple(AskedReviewer(name=m.name, email=m.email) for m in REST[:2])
    busy = {m.email: Load(open=9, recent=9) for m in REST}
    assert names(assigned(*REST, before=before, busy=busy)) == ["Dina", "Elias"]
    draft = the_draft(people=(Person(name="D", email="dina@example.com"),))
    assert names(assigned(*REST, before=before, draft=draft)) == ["Elias", "Farah"]


def test_knowledge_wins_as_long_as_it_overloads_nobody() -> None:
    knows = a_member("knows", services=("Checkout",))
    skilled = a_member("skilled", skills=("DNS",))
    draft, practice = the_draft(tags=("dns",)), Practice(wanted=1)
    for known, recent, asked in (
        (knows, 2, "Knows"),
        (knows, 3, "Dina"),
        (skilled, 2, "Skilled"),
        (skilled, 3, "Dina"),
    ):
        found = assigned(known, REST[0], draft=draft, practice=practice, busy={known.email: Load(recent=recent)})
        assert names(found) == [asked]
    found = assigned(knows, skilled, draft=draft, practice=practice)
    assert (names(found), found.reviewers[0].why[0]) == (["Knows"], "You know checkout.")


def test_a_share_is_measured_by_what_somebody_takes_and_hours_decide_between_the_equally_busy() -> None:
    takes_more = a_member("more", capacity=10)
    practice = Practice(wanted=1)
    for recent, asked in ((5, "More"), (7, "Dina")):
        busy = {"more@example.com": Load(recent=recent), "dina@example.com": Load(recent=3)}
        assert names(assigned(takes_more, REST[0], practice=practice, busy=busy)) == [asked]
    short = a_member("short", hours=Hours(opens="09:00", closes="12:00"))
    assert names(assigned(short, REST[0], practice=practice)) == ["Dina"]


LEVELS = st.sampled_from(tuple(Level))


@st.composite
def communities(draw: st.DrawFn) -> tuple[tuple[Member, ...], dict[str, Load]]:
    """Members who differ in all that matters, and what they have to do."""
    members = tuple(
        a_member(
            f"m{n}",
            level=draw(LEVELS),
            services=draw(st.sampled_from([(), ("checkout",)])),
            timezone=draw(st.sampled_from([None, "Asia/Tokyo", "America/Los_Angeles"])),
            capacity=draw(st.sampled_from([None, 1, 8])),
            active=draw(st.integers(0, 9)) > 0,
        )
        for n in range(draw(st.integers(0, 8)))
    )
    load = st.builds(Load, open=st.integers(0, 6), recent=st.integers(0, 9))
    return members, {member.email: draw(load) for member in members}


@given(communities(), st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_order_of_the_input_does_not_matter(
    community: tuple[tuple[Member, ...], dict[str, Load]], random: Any, wanted: int
) -> None:
    members, busy = community
    shuffled = random.sample(members, len(members))
    first = assigned(*members, busy=busy, practice=Practice(wanted=wanted))
    assert first == assigned(*shuffled, busy=busy, practice=Practice(wanted=wanted))


@given(communities(), st.integers(1, 4))
def test_who_is_learning_is_never_alone_and_never_with_another_learner(
    community: tuple[tuple[Member, ...], dict[str, Load]], wanted: int
) -> None:
    members, busy = community
    found = assigned(*members, busy=busy, practice=Practice(wanted=wanted)).reviewers
    learning = [reviewer for reviewer in found if reviewer.learning]
    assert len(learning) <= min(1, max(0, len(found) - 1))
    for learner in learning:
        assert any("to learn from it" in sentence for sentence in learner.why)
        others = [reviewer for reviewer in found if not reviewer.learning]
        assert all(f"{learner.name} learns beside you." in other.why for other in others)


def test_a_mentor_is_preferred_beside_who_is_learning() -> None:
    learner, mentor = a_member("lea", level="learning"), a_member("mia", level="mentor")
    for recent, beside in ((1, "Mia"), (2, "Dina")):
        found = assigned(learner, mentor, REST[0], busy={mentor.email: Load(recent=recent)})
        assert names(found) == ["Lea", beside]


def test_who_is_learning_stays_only_beside_somebody_experienced() -> None:
    learner = a_member("lea", level="learning")
    before = (AskedReviewer(name="Lea", email=learner.email, learning=True),)
    alone = assigned(learner, before=before)
    assert (alone.reviewers, alone.reasons.unpaired) == ((), 1)
    assert names(assigned(learner, REST[0], before=before)) == ["Lea", "Dina"]
    assert names(assigned(learner, REST[0], before=before, practice=Practice(wanted=1))) == ["Dina"]


@pytest.mark.parametrize(
    ("zone", "since", "until", "hours"),
    [
        ("UTC", "2026-03-02T00:00Z", "2026-03-03T00:00Z", 12),
        ("UTC", "2026-03-06T19:00Z", "2026-03-09T09:00Z", 2),  # over a weekend
        ("Asia/Tokyo", "2026-03-02T00:00Z", "2026-03-02T12:00Z", 11),
        ("Europe/Berlin", "2026-03-27T12:00Z", "2026-03-30T12:00Z", 13),  # the clocks go on in between
        ("America/New_York", "2026-11-02T13:00Z", "2026-11-02T14:00Z", 1),
    ],
)
def test_hours_are_counted_by_somebody_s_own_clock(zone: str, since: str, until: str, hours: float) -> None:
    start, end = (datetime.fromisoformat(at) for at in (since, until))
    assert awake(a_member("x", timezone=zone), Practice(), start, end) == timedelta(hours=hours)


def test_what_somebody_is_away_for_is_no_time_of_theirs_and_overlaps_count_once() -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    spans = [(9, 12), (11, 13), (19, 30)]
    away = tuple(Away(since=monday + timedelta(hours=a), until=monday + timedelta(hours=b)) for a, b in spans)
    member = a_member("x", away=away, away_until=monday + timedelta(hours=10))
    assert awake(member, Practice(), monday, monday + timedelta(days=1)) == timedelta(hours=6)


@given(st.integers(0, 365 * 24 * 60), st.integers(-200, 400), st.sampled_from(REST))
def test_a_verdict_is_hoped_for_a_day_before_it_is_needed_and_never_without_a_working_day(
    minutes: int, hours: int, member: Member
) -> None:
    now, practice = NOW + timedelta(minutes=minutes), Practice()
    needed = now + timedelta(hours=hours)
    due = hoped_for(needed, practice, now)
    assert due >= now + timedelta(hours=24)
    assert awake(member, practice, now, due) >= timedelta(hours=11)
    assert due <= max(needed - timedelta(hours=24), now + timedelta(days=4))


def test_a_meeting_in_a_far_year_is_no_reason_to_count_every_day_until_then() -> None:
    practice = domain.Practice()
    far = hoped_for(NOW.replace(year=8000), practice, NOW)
    assert far == hoped_for(NOW + timedelta(days=60), practice, NOW)
