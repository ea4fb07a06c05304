"""Who is invited as what (guide A5), and who facilitates."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta
from typing import Any

import pytest
from icalendar import vCalAddress

from services.calendar import domain
from services.calendar.adapters.vevent import build
from services.calendar.domain import Meeting, Status
from services.calendar.domain.entry import entry_of
from services.calendar.domain.facilitating import facilitator, shared
from services.calendar.domain.hours import Hours
from services.calendar.domain.practice import Practice
from services.calendar.domain.roles import REQUIRED, WORDS
from shared.contracts.base import Owner, Person, Severity, derived_id
from shared.contracts.commands import JoinMeeting
from shared.contracts.events import DraftCreated, DraftRevised, ReviewApproved, ReviewersAssigned
from shared.contracts.values import Approval, AskedReviewer, Attendee
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.calendar.fakes import a_practice, event_in
from tests.unit.calendar.test_domain import REVISED

COMMUNITY = tuple(Owner(name=f"F{n}", email=f"f{n}@example.com") for n in range(5))
TEAM = (
    Attendee(name="Sven", email="sven@example.com", role="service_owner"),
    Attendee(name="Emma", email="emma@example.com", role="engineering_manager"),
    Attendee(name="Pia", email="pia@example.com", role="product_manager"),
)
PRACTICE = a_practice(teams={"checkout": TEAM}, facilitators=COMMUNITY)
LIAISON = Person(name="Lia", email="lia@example.com", role="customer_liaison")


def a_person(role: str) -> Person:
    return Person(name=role, email=f"{role}@example.com", role=role)


def held(practice: Practice = PRACTICE, **fields: Any) -> Meeting:
    return domain.follow_draft(None, a_draft(DraftCreated, **fields), (), practice, NOW).state


def revised(meeting: Meeting, practice: Practice = PRACTICE, **fields: Any) -> Meeting:
    draft = a_draft(DraftRevised, revision=meeting.topic.revision + 1, **REVISED, **fields)
    return domain.follow_draft(meeting, draft, (), practice, NOW).state


def roles(meeting: Meeting) -> dict[str, tuple[str | None, bool]]:
    return {person.email.partition("@")[0]: (person.role, person.required) for person in domain.attendees(meeting)}


def test_everybody_who_has_to_do_with_it_is_invited_by_role() -> None:
    people = tuple(
        map(a_person, ("incident_commander", "deputy", "scribe", "responder", "database_expert", "reporter"))
    )
    invited = roles(held(people=people))
    leads = next(name for name, (role, _) in invited.items() if role == "facilitator")
    assert invited == {
        "owner": ("owner", True),
        "incident_commander": ("commander", True),
        "deputy": ("deputy", True),
        "scribe": ("scribe", True),
        "responder": ("responder", True),
        "database_expert": ("responder", True),
        "reporter": ("observer", False),
        "sven": ("service_owner", True),
        "emma": ("engineering_manager", True),
        "pia": ("product_manager", True),
        leads: ("facilitator", True),
    }


@pytest.mark.parametrize(("severity", "needed"), [(Severity.SEV1, True), (Severity.SEV2, False)])
def test_the_customer_liaison_is_needed_at_the_worst_and_welcome_else(severity: Severity, needed: bool) -> None:
    assert roles(held(severity=severity, people=(LIAISON,)))["lia"] == ("customer_liaison", needed)


def test_whoever_is_needed_in_one_role_is_needed() -> None:
    liaison = LIAISON.model_copy(update={"email": "pia@example.com"})
    assert roles(held(people=(liaison,)))["pia"] == ("customer_liaison", True)


def test_reviewers_asked_and_guests_are_welcome() -> None:
    rosa = AskedReviewer(name="Rosa", email="rosa@example.com")
    asked = ReviewersAssigned(postmortem_id=PM, revision=1, reviewers=(rosa,), assigned_at=NOW)
    join = JoinMeeting(postmortem_id=PM, actor=an_actor("guest@example.com"))
    joined = domain.join(domain.hear_reviewers(held(), asked, NOW).state, join, NOW).state
    approvals = (Approval(name="Ruth", email="ruth@example.com", at=NOW),)
    invited = roles(domain.confirm(joined, a_draft(ReviewApproved, approvals=approvals), (), PRACTICE, NOW).state)
    assert [invited[name] for name in ("rosa", "ruth", "guest")] == [
        ("reviewer", False),
        ("reviewer", False),
        ("guest", False),
    ]


@pytest.mark.parametrize("status", [Status.ENDED, Status.CANCELLED])
def test_who_reviews_a_correction_is_not_invited_to_what_is_over(status: Status) -> None:
    over = held().model_copy(update={"status": status})
    rosa = AskedReviewer(name="Rosa", email="rosa@example.com")
    asked = ReviewersAssigned(postmortem_id=PM, revision=2, reviewers=(rosa,), assigned_at=NOW)
    decision = domain.hear_reviewers(over, asked, NOW)
    assert (decision.events, decision.state.reviewers) == ((), ("rosa@example.com",))


def test_every_word_of_a_tool_means_a_role_of_the_table() -> None:
    assert set(WORDS.values()) <= set(REQUIRED)


@pytest.mark.parametrize("who", ["owner", "people", "authors", "team"])
def test_the_facilitator_is_nobody_who_had_to_do_with_it(who: str) -> None:
    before = held().facilitator
    assert before
    person = {"name": before.name, "email": before.email}
    ways: dict[str, dict[str, Any]] = {
        "owner": {"owner": Owner(**person)},
        "people": {"people": (Person(**person),)},
        "authors": {"authors": (before.email,)},
        "team": {"services": ("search",)},
    }
    teams = {"search": (Attendee(**person, role="service_owner"),)}
    after = revised(held(), a_practice(teams=teams, facilitators=COMMUNITY), **ways[who]).facilitator
    assert after
    assert after.email != before.email
    assert held().facilitator == before


def test_without_anybody_uninvolved_nobody_facilitates() -> None:
    authors = tuple(person.email for person in COMMUNITY)
    assert held(authors=authors).facilitator is None


def test_the_facilitators_take_turns() -> None:
    ids = [derived_id("pm", str(n)) for n in range(1000)]
    turns = Counter(chosen.email for id in ids if (chosen := held(postmortem_id=id).facilitator))
    assert turns.total() == len(ids)
    assert all(150 < turns[person.email] < 250 for person in COMMUNITY)


def test_when_somebody_joins_the_community_only_their_meetings_change_hands() -> None:
    newcomer = Owner(name="New", email="new@example.com")
    more = a_practice(facilitators=(*COMMUNITY, newcomer))
    for id in (derived_id("pm", str(n)) for n in range(100)):
        before, after = held(postmortem_id=id).facilitator, held(more, postmortem_id=id).facilitator
        assert after
        assert after == before or after.email == newcomer.email


def test_a_facilitator_who_works_when_the_owner_does_comes_before_one_who_sleeps() -> None:
    tokyo = Hours(timezone="Asia/Tokyo", opens=time(9), closes=time(17))
    practice = a_practice(facilitators=COMMUNITY, people={person.email: tokyo for person in COMMUNITY[1:]})
    for id in (derived_id("pm", str(n)) for n in range(20)):
        assert held(practice, postmortem_id=id).facilitator == Attendee(
            name="F0", email="f0@example.com", role="facilitator"
        )
    nobody_near = a_practice(facilitators=COMMUNITY[1:], people={person.email: tokyo for person in COMMUNITY})
    assert held(nobody_near).facilitator is not None


@pytest.mark.parametrize(
    ("zone", "hours"), [("Europe/Berlin", 8), ("Europe/London", 7), ("America/New_York", 2), ("Asia/Tokyo", 0)]
)
def test_how_long_two_people_work_at_the_same_time(zone: str, hours: int) -> None:
    there = Hours(timezone=zone, opens=time(9), closes=time(17))
    assert max(shared(PRACTICE.usual, there, date(2026, 2, 2)), timedelta(0)) == timedelta(hours=hours)


def test_a_restricted_meeting_is_facilitated_by_somebody_who_may_see_it() -> None:
    closed: dict[str, Any] = {"restricted": True, "access": 1}
    assert held(**closed).facilitator is None
    assert set(roles(held(**closed))) == {"owner", "responder"}
    assert roles(held(**closed, readers=("f3@example.com",)))["f3"] == ("facilitator", True)


def test_the_entry_says_who_facilitates_and_what_everybody_is_asked_for() -> None:
    meeting = held(people=(a_person("reporter"),))
    leads = meeting.facilitator
    assert leads
    event = event_in(build(entry_of(meeting, PRACTICE)))
    assert f"Facilitator: {leads.name}\n" in str(event["DESCRIPTION"])
    asked: dict[str, str] = {
        str(each): each.params["ROLE"] for each in event["ATTENDEE"] if isinstance(each, vCalAddress)
    }
    assert asked[f"mailto:{leads.email}"] == "REQ-PARTICIPANT"
    assert asked["mailto:reporter@example.com"] == "OPT-PARTICIPANT"
    nobody = event_in(build(entry_of(held(a_practice()), a_practice())))
    assert "Facilitator:" not in str(nobody["DESCRIPTION"])


def test_a_title_or_name_with_line_breaks_adds_nothing_to_the_description() -> None:
    leads = (Owner.model_construct(name="Eve\nJoin: https://evil.example.com", email="eve@example.com"),)
    practice = a_practice(facilitators=leads)
    text = str(event_in(build(entry_of(held(practice), practice)))["DESCRIPTION"])
    assert "\nJoin: https://evil.example.com" not in text


def test_whom_facilitators_are_chosen_from_is_pure() -> None:
    given = (PM, frozenset[str](), "owner@example.com", timedelta(hours=1), date(2026, 3, 5), PRACTICE)
    assert facilitator(*given) == facilitator(*given)
