"""What many postmortems tell together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.corrections import CorrectionView
from services.gateway.domain.facets import MeetingView, PublicationView, ReviewView
from services.gateway.domain.insights import Deadlines, Passage, insights, passage
from services.gateway.domain.requests import Request
from services.gateway.domain.view import View, project
from shared.contracts.base import Severity, derived_id, postmortem_id
from shared.contracts.coaching import RevisionChecked
from shared.contracts.events import DraftCreated, Snapshot
from shared.contracts.values import Approval, Incident
from tests.helpers.builders import EXTERNAL_ID, NOW, PM, SOURCE, a_draft, a_remark, an_item
from tests.helpers.front_door import Door, is_problem

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def a_meeting(**fields: Any) -> MeetingView:
    given = {"uid": "u", "status": "scheduled", "timezone": "UTC", "sequence": 1, "join_url": "j", "url": "u"}
    return MeetingView(**given | {"start": NOW + DAY, "end": NOW + DAY + HOUR} | fields)


def a_view(**fields: Any) -> View:
    return View(id=PM, draft=a_draft(Snapshot), created_at=NOW, **fields)


def a_passage(**fields: Any) -> Passage:
    given = {"severity": Severity.SEV2, "services": ("search",), "status": "draft", "deadline": NOW + 5 * DAY}
    return Passage(**given | {"resolved": NOW} | fields)


def test_a_postmortem_passes_its_steps() -> None:
    approvals = (Approval(name="D", email="d@example.com", at=NOW + 2 * HOUR),)
    view = a_view(
        review=ReviewView(requested_at=NOW + HOUR, approvals=approvals, approvals_revision=1, approved_revision=1),
        meeting=a_meeting(),
        publication=PublicationView(revision=1, published_at=NOW + 2 * DAY),
    )
    found = passage(view)

    assert found
    assert (found.resolved, found.draft, found.review) == (NOW - HOUR, NOW, NOW + HOUR)
    assert (found.approval, found.meeting, found.publication) == (NOW + 2 * HOUR, NOW + DAY + HOUR, NOW + 2 * DAY)


def test_a_correction_does_not_make_the_first_report_late() -> None:
    view = a_view(
        review=ReviewView(
            requested_at=NOW + 30 * DAY,
            requested_for=1,
            approvals=(Approval(name="D", email="d@example.com", at=NOW + 31 * DAY),),
            approvals_revision=2,
            approved_revision=2,
        ),
        publication=PublicationView(
            revision=2, published_at=NOW + 31 * DAY, first_published_at=NOW + DAY, correction_of=1
        ),
        corrections=(CorrectionView(of=1, since=2, note="n", by="a@example.com", at=NOW, stamp=(NOW, "e")),),
    )
    found = passage(view)

    assert found
    assert (found.review, found.approval, found.publication) == (None, None, NOW + DAY)


@pytest.mark.parametrize(
    "fields", [{}, {"meeting": a_meeting(status="tentative")}, {"meeting": a_meeting(), "cancelled": True}]
)
def test_a_meeting_that_is_not_certain_is_no_meeting(fields: dict[str, Any]) -> None:
    found = passage(a_view(**fields))

    assert found
    assert found.meeting is None


def test_before_the_incident_is_over_there_is_nothing_to_tell() -> None:
    going_on = Incident(source=SOURCE, external_id=EXTERNAL_ID)

    assert passage(View(id=PM)) is None
    assert passage(View(id=PM, draft=a_draft(Snapshot, incident=going_on))) is None


@pytest.mark.parametrize(
    ("meeting", "deadline", "kept"),
    [
        (NOW - HOUR, NOW, "on_time"),
        (NOW - HOUR, NOW - 2 * HOUR, "late"),
        (NOW + HOUR, NOW + HOUR, "to_come"),
        (None, NOW, "to_come"),
        (None, NOW - HOUR, "overdue"),
        (NOW + HOUR, NOW - HOUR, "overdue"),
    ],
)
def test_a_deadline_is_kept_missed_or_still_to_come(meeting: Any, deadline: Any, kept: str) -> None:
    found = insights([a_passage(meeting=meeting, deadline=deadline)], NOW - DAY, NOW, NOW)

    assert found.deadlines == Deadlines(**{kept: 1})


def test_steps_have_a_median_and_a_ninetieth_percentile() -> None:
    passages = [a_passage(publication=NOW + n * HOUR) for n in range(1, 11)]
    steps = insights(passages, NOW - DAY, NOW, NOW).steps

    assert (steps["publication"].count, steps["publication"].median_s, steps["publication"].p90_s) == (10, 19800, 32400)
    assert (steps["review"].count, steps["review"].median_s) == (0, None)


def test_months_come_in_order_each_with_its_own() -> None:
    passages = [a_passage(resolved=NOW - 40 * DAY), a_passage(publication=NOW), a_passage()]
    months = insights(passages, NOW - 90 * DAY, NOW, NOW).months

    assert [(m.month, m.postmortems, m.published) for m in months] == [("2026-01", 1, 0), ("2026-03", 2, 1)]


async def test_insights_are_asked_for_by_time_severity_and_service() -> None:
    door = Door(views={PM: a_view()})
    answer = (await door.send("GET", "/v1/insights?severity=sev2&service=checkout")).json()
    other = (await door.send("GET", "/v1/insights?severity=sev1")).json()

    assert (answer["postmortems"], answer["by_service"]) == (1, {"checkout": 1})
    assert other["postmortems"] == 0


def checked_views(number: int, **fields: Any) -> dict[str, View]:
    """Return postmortems whose first drafts got two remarks of which one is left, dismissed by its owner."""
    views = {}
    dismissed = {"by": "owner@example.com", "at": NOW, "reason": "Quoted words of Rita Responder"}
    for n in range(number):
        id = postmortem_id("tool", f"{sorted(fields)} {n}")
        first = RevisionChecked(
            postmortem_id=id, revision=2, content_hash="x", remarks=(a_remark(), a_remark()), at=NOW
        )
        last = first.model_copy(update={"revision": 3, "remarks": (a_remark(dismissed=dismissed),)})
        view = None
        for event in (last, a_draft(DraftCreated, postmortem_id=id, **fields), first, last):
            view = project(view, event, (NOW, event.name))
        assert view
        views[id] = view
    return views


async def test_insights_tell_what_the_community_learns_and_nothing_of_people_or_words() -> None:
    door = Door(views=checked_views(5))
    answer = (await door.send("GET", "/v1/insights")).json()["review"]
    counts = {"first": 10, "last": 5, "dismissed": 5}

    assert (answer["postmortems"], answer["remarks"]) == (5, counts)
    assert (answer["by_family"], answer["by_section"]) == ({"counterfactual": counts}, {"overview": counts})
    assert answer["months"] == [
        {"month": "2026-03", "postmortems": 5, "first": {"counterfactual": 2.0}, "published": None}
    ]
    assert (answer["frequent"][0]["family"], answer["frequent"][0]["bias"]) == ("counterfactual", "hindsight bias")
    for word in ("@", "Olga", "Rita", "Quoted", "should have", "did not happen"):
        assert word not in str(answer)


async def test_a_service_with_few_postmortems_is_not_told_apart() -> None:
    door = Door(views={**checked_views(5), **checked_views(4, services=("search",))})
    everything = (await door.send("GET", "/v1/insights")).json()["review"]
    search = (await door.send("GET", "/v1/insights?service=search")).json()["review"]

    assert (everything["postmortems"], everything["remarks"]["first"]) == (9, 18)
    assert (search["postmortems"], search["remarks"], search["by_family"]) == (4, None, {})


async def test_a_restricted_postmortem_is_counted_for_those_whom_it_names_alone() -> None:
    door = Door(views={**checked_views(5), **checked_views(5, restricted=True, readers=("admin@example.com",))})
    seen = [(await door.send("GET", "/v1/insights", role=role)).json()["review"] for role in ("engineer", "admin")]

    assert [each["postmortems"] for each in seen] == [5, 10]


def test_what_was_never_checked_is_not_counted() -> None:
    assert insights([a_passage()] * 9, NOW - DAY, NOW, NOW).review.postmortems == 0


@pytest.mark.parametrize(
    "window", ["since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z", "since=2020-01-01T00:00:00Z"]
)
async def test_a_time_that_is_none_or_too_long_is_refused(window: str) -> None:
    assert is_problem(await Door().send("GET", f"/v1/insights?{window}"), 422, "invalid-field", "since")


def test_steps_are_told_by_month_severity_and_service() -> None:
    passages = [
        a_passage(severity=Severity.SEV3, services=("search", "checkout"), draft=NOW + HOUR),
        a_passage(severity=Severity.SEV1, services=("checkout",), draft=NOW + 3 * HOUR),
    ]
    found = insights(passages, NOW - DAY, NOW, NOW)

    assert [(each.name, each.steps["draft"].median_s) for each in found.severities] == [("sev1", 10800), ("sev3", 3600)]
    assert [(each.name, each.postmortems) for each in found.services] == [("checkout", 2), ("search", 1)]
    assert found.months[0].steps["draft"].median_s == 7200
    assert found.allowed
    assert (found.allowed.count, found.allowed.median_s) == (2, 5 * 24 * 3600)


def test_how_soon_reviewers_answer_is_told_of_five_postmortems_and_not_of_four() -> None:
    reviewed = [a_passage(asked=NOW, answered=NOW + n * HOUR, approval=NOW + 9 * HOUR) for n in range(1, 6)]
    unasked = [a_passage(approval=NOW)] * 3

    assert insights(reviewed[:4] + unasked, NOW - DAY, NOW, NOW).turnaround is None
    told = insights(reviewed + unasked, NOW - DAY, NOW, NOW).turnaround
    assert told
    assert (told.first_answer.median_s, told.first_answer.p90_s, told.approval.count) == (3 * 3600, 5 * 3600, 5)


def test_the_first_reviewer_who_answers_ends_the_wait() -> None:
    requests = (
        Request(email="a@example.com", asked_at=NOW, answered_at=NOW + 3 * HOUR),
        Request(email="b@example.com", asked_at=NOW + HOUR, answered_at=NOW + 2 * HOUR),
        Request(email="admin@example.com"),
    )
    found = passage(a_view(review=ReviewView(requests=requests)))

    assert found
    assert (found.asked, found.answered) == (NOW, NOW + 2 * HOUR)


def test_a_factor_recurs_when_two_postmortems_name_it() -> None:
    passages = [a_passage(factors=("pool", "timeouts")), a_passage(factors=("pool",)), a_passage()]
    found = insights(passages, NOW - DAY, NOW, NOW).factors

    assert [(each.factor, each.postmortems) for each in found] == [("pool", 2)]


async def test_insights_tell_of_action_items_that_are_open_late_and_done() -> None:
    done = {"state": "done", "done_at": NOW, "updated_at": NOW}
    late = an_item(created_at=NOW - 9 * DAY, due=NOW - DAY)
    ended = an_item(id=derived_id("other"), created_at=NOW - 9 * DAY, **done)
    door = Door(views={PM: a_view(action_items=(late, ended))})
    door.clock.advance(HOUR)
    found = (await door.send("GET", "/v1/insights?severity=sev2")).json()["action_items"]

    assert (found["open"], found["late"], found["done"]) == (1, 1, 1)
    assert found["months"][-1] == {"month": "2026-03", "added": 0, "done": 1, "dropped": 0, "open": 1, "late": 1}
    other = (await door.send("GET", "/v1/insights?severity=sev1")).json()["action_items"]
    assert (other["open"], other["done"]) == (0, 0)


def test_a_postmortem_names_its_factors_by_the_words_that_each_begins_with() -> None:
    text = "- **Connection pool**: it was small.\n- No alert: nobody saw it.\n- connection POOL\n"
    found = passage(View(id=PM, draft=a_draft(Snapshot, report={"overview": "- x", "contributing_factors": text})))

    assert found
    assert found.factors == ("connection pool", "no alert")


async def test_a_meeting_to_come_has_not_taken_its_time_yet() -> None:
    door = Door(views={PM: a_view(meeting=a_meeting())})
    before = (await door.send("GET", "/v1/insights?until=2026-03-09T00:00:00Z")).json()
    door.clock.advance(2 * DAY)
    after = (await door.send("GET", "/v1/insights?until=2026-03-09T00:00:00Z")).json()

    assert [each["steps"]["meeting"]["count"] for each in (before, after)] == [0, 1]
    assert [each["deadlines"]["to_come"] for each in (before, after)] == [1, 0]
