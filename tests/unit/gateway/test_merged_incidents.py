"""Several incidents in one postmortem at the front door: what is given, what is refused, what is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.insights import passage
from services.gateway.domain.view import View, project
from shared.contracts import Message
from shared.contracts import events as said
from shared.contracts.base import postmortem_id
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.impact import GatheredIncident, IncidentDurations
from shared.contracts.merging import MergeIncident, PostmortemMerged, UnmergeIncident
from shared.contracts.skipping import PostmortemSkipped
from shared.contracts.values import Incident
from tests.helpers.builders import EXTERNAL_ID, NOW, PM, SOURCE, a_draft
from tests.helpers.front_door import Door, FakeMessages, is_problem

OTHER = postmortem_id("my-tool", "7")
OWN = Incident(source=SOURCE, external_id=EXTERNAL_ID, started_at=NOW, resolved_at=NOW)
PARTS = tuple(
    GatheredIncident(source=source, external_id=name, started_at=NOW, postmortem_id=id)
    for source, name, id in ((SOURCE, EXTERNAL_ID, PM), ("my-tool", "7", OTHER))
)
MERGED = PostmortemMerged(postmortem_id=OTHER, into=PM, revision=1, merged_at=NOW, merged_by="chen@example.com")
PATH = f"/v1/postmortems/{PM}/incidents"


def a_view(*facts: Message) -> View:
    """Put facts together, each said a second after the one before."""
    view: View | None = None
    for n, fact in enumerate(facts):
        view = project(view, fact, (NOW + timedelta(seconds=n), f"e-{n}"))
    assert view
    return view


def created(id: str = PM, **fields: Any) -> said.DraftCreated:
    """Return a first draft."""
    event: said.DraftCreated = a_draft(said.DraftCreated, postmortem_id=id, **fields)
    return event


def both() -> said.DraftCreated:
    """Return the draft of a postmortem about two incidents."""
    return created(incidents=PARTS, gathered=1, durations=IncidentDurations(detected_at=NOW, time_to_resolve_s=60))


def a_door(*views: View, reply: Reply | None = None) -> Door:
    """Return the door with these postmortems."""
    return Door(FakeMessages(reply=reply or Reply()), {view.id: view for view in views})


@pytest.mark.parametrize("body", [{"postmortem_id": OTHER}, {"source": "my-tool", "external_id": "7"}])
async def test_another_incident_is_named_by_its_postmortem_or_as_its_tool_calls_it(body: dict[str, str]) -> None:
    door = a_door(a_view(both()))
    answer = await door.send("POST", PATH, json=body)
    assert answer.status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, MergeIncident)
    assert (command.postmortem_id, command.into, command.actor.email) == (OTHER, PM, "engineer@example.com")
    shown = answer.json()
    assert [part["external_id"] for part in shown["incidents"]] == [EXTERNAL_ID, "7"]
    assert shown["durations"]["time_to_resolve_s"] == 60


@pytest.mark.parametrize(
    "body", [{}, {"postmortem_id": OTHER, "source": "a", "external_id": "b"}, {"source": "a"}, {"postmortem_id": "x"}]
)
async def test_a_body_that_names_no_incident_or_two_is_refused(body: dict[str, str]) -> None:
    answer = await a_door(a_view(both())).send("POST", PATH, json=body)
    assert (answer.status_code, answer.json()["rule"]) == (422, "invalid-field")


async def test_what_is_restricted_or_not_worked_on_takes_no_incident() -> None:
    closed = a_view(created(restricted=True, readers=("engineer@example.com",), access=1))
    assert is_problem(
        await a_door(closed).send("POST", PATH, json={"postmortem_id": OTHER}), 409, "restricted-stays-alone"
    )
    elsewhere = MERGED.model_copy(update={"postmortem_id": PM, "into": OTHER})
    door = a_door(a_view(created(), elsewhere))
    assert is_problem(await door.send("POST", PATH, json={"postmortem_id": OTHER}), 409, "takes-no-incidents")
    assert door.messages.said == []


async def test_a_room_s_refusal_is_answered_by_name() -> None:
    refusal = Refusal(kind=Kind.CONFLICT, rule="already-merged", detail="It is part of another one.")
    door = a_door(a_view(both()), reply=Reply(refusal=refusal))
    assert is_problem(await door.send("POST", PATH, json={"postmortem_id": OTHER}), 409, "already-merged")


async def test_an_incident_is_taken_out_again() -> None:
    door = a_door(a_view(created()))
    assert (await door.send("DELETE", f"{PATH}/{OTHER}")).status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, UnmergeIncident)
    assert (command.postmortem_id, command.out_of) == (OTHER, PM)


async def test_what_is_merged_is_closed_and_leads_to_the_one_that_took_it_for_those_who_may_see_that() -> None:
    merged = a_view(created(OTHER), MERGED)
    shown = (await a_door(a_view(both()), merged).send("GET", f"/v1/postmortems/{OTHER}")).json()
    assert (shown["status"], shown["review"]["state"]) == ("closed", "closed")
    assert shown["merged_into"] == {
        "id": PM,
        "at": "2026-03-02T12:00:00Z",
        "by": "chen@example.com",
        "links": {"self": f"https://afterword.example.com/v1/postmortems/{PM}"},
    }
    hidden = a_door(a_view(created(restricted=True, access=1)), merged)
    for path in ("", "/export?format=json"):
        assert (await hidden.send("GET", f"/v1/postmortems/{OTHER}{path}")).json()["merged_into"] is None


async def test_nothing_is_due_of_what_is_merged_and_it_is_listed_as_closed() -> None:
    merged = a_view(created(OTHER), MERGED)
    door = a_door(merged)
    shown = (await door.send("GET", f"/v1/postmortems/{OTHER}")).json()
    assert (shown["status"], shown["timeliness"], shown["skipped"]) == ("closed", None, None)
    for asked, found in (("", 1), ("?status=closed", 1), ("?status=draft", 0), ("?timeliness=on_time", 0)):
        assert len((await door.send("GET", f"/v1/postmortems{asked}")).json()["items"]) == found


PASSED_OVER = a_draft(
    PostmortemSkipped, postmortem_id=OTHER, toggles=1, reason="Small", skipped_by="afterword", skipped_at=NOW
)
APART = PASSED_OVER.model_copy(update={"revision": 2})


@given(st.permutations((PASSED_OVER, MERGED, APART)))
def test_what_was_passed_over_is_closed_while_it_is_merged_and_skipped_again_when_it_is_apart(
    order: list[Message],
) -> None:
    times = {fact.model_dump_json(): n for n, fact in enumerate((PASSED_OVER, MERGED, APART))}
    for n, status in ((2, "closed"), (3, "skipped")):
        view: View | None = None
        for fact in order:
            at = times[fact.model_dump_json()]
            if at < n:
                view = project(view, fact, (NOW + timedelta(seconds=at), f"e-{at}"))
        assert view
        assert view.status() == status
        assert passage(view) is None


def test_what_is_merged_counts_in_no_insight() -> None:
    draft = created(OTHER, incident=OWN)
    assert passage(a_view(draft))
    assert passage(a_view(draft, MERGED)) is None


def test_a_later_revision_says_that_it_goes_on_and_its_old_review_is_over() -> None:
    requested = a_draft(said.ReviewRequested, postmortem_id=OTHER, requested_at=NOW, requested_by="owner@example.com")
    revised = a_draft(
        said.DraftRevised,
        postmortem_id=OTHER,
        revision=2,
        status="draft",
        revised_at=NOW,
        revised_by="chen@example.com",
    )
    view = a_view(created(OTHER), requested, MERGED, revised)
    assert (view.status(), view.is_merged()) == ("draft", False)


def test_what_is_taken_out_is_gone_from_the_timeline_though_that_is_shorter_then() -> None:
    whole = said.TimelineExtended(postmortem_id=PM, timeline=(), incident=OWN, incidents=PARTS, gathered=1)
    less = whole.model_copy(update={"incidents": PARTS[:1], "gathered": 2})
    assert a_view(created(), whole, less).incidents == a_view(created(), less, whole).incidents == PARTS[:1]


def test_a_meeting_that_was_off_for_a_merge_is_on_again_with_a_higher_sequence_whatever_comes_first() -> None:
    times = {"start": NOW, "end": NOW, "timezone": "UTC", "url": "https://c/1", "join_url": "https://m/1", "title": "t"}
    held = said.MeetingScheduled(postmortem_id=PM, uid="u", status="tentative", sequence=0, **times)
    off = said.MeetingCancelled(postmortem_id=PM, uid="u", sequence=1, at=NOW)
    on = held.model_copy(update={"sequence": 2})
    assert a_view(created(), held, off).cancelled
    assert not a_view(created(), held, off, on).cancelled
    assert not a_view(created(), on, off, held).cancelled


@pytest.mark.parametrize("at", ["1969-12-31T23:59:59Z", "2026-03-02T13:00:01Z", "9999-12-31T23:59:59Z"])
async def test_a_report_of_a_time_that_cannot_be_is_refused_by_its_field(at: str) -> None:
    body = {"source": "my-tool", "external_id": "7", "kind": "note", "occurred_at": at}
    door = a_door()
    assert is_problem(await door.send("POST", "/v1/incidents", json=body, role="tool"), 422, "untimely", "occurred_at")
    assert door.messages.said == []
