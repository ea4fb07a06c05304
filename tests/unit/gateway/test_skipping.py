"""Skipped postmortems at the door and in the library, and how the others stand to their deadline."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain import answer
from services.gateway.domain.history import revision_of
from services.gateway.domain.insights import passage
from services.gateway.domain.timeliness import timeliness
from services.gateway.domain.view import View
from shared.contracts import Message
from shared.contracts import events as said
from shared.contracts.commands import Role
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped, RequirePostmortem, SkipPostmortem
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, FakeMessages, is_problem
from tests.unit.gateway.test_view import APPROVALS, DINA, MEETING, STORY, put_together

ONE = f"/v1/postmortems/{PM}"
SKIPPED: Message = a_draft(
    PostmortemSkipped, revision=3, toggles=1, reason="It was a drill.", skipped_by="owner@example.com", skipped_at=NOW
)
REQUIRED: Message = a_draft(
    PostmortemRequired, revision=4, toggles=2, reason="No drill.", required_by="ada@example.com", required_at=NOW
)
REVIEWED: tuple[Message, ...] = (
    a_draft(said.DraftCreated),
    a_draft(said.ReviewRequested, revision=3, requested_at=NOW, requested_by="a@example.com"),
    said.ChangesRequested(postmortem_id=PM, revision=3, reviewer=DINA, at=NOW + timedelta(hours=1)),
    a_draft(said.ReviewApproved, revision=3, approvals=APPROVALS),
)
OFF = said.MeetingCancelled(postmortem_id=PM, uid="u", sequence=5, at=NOW)
AGAIN = said.MeetingScheduled(**MEETING, status="tentative", sequence=6)


def seen(story: tuple[Message, ...]) -> View:
    return put_together([(event, (NOW + timedelta(minutes=n), str(n))) for n, event in enumerate(story)])


SMALL = a_draft(PostmortemSkipped, toggles=1, reason="Small", skipped_by="afterword", skipped_at=NOW)


def policy_s() -> View:
    return put_together([(SMALL, (NOW, "e"))])


@pytest.mark.parametrize("verb", ["skip", "require"])
async def test_skipping_and_asking_for_it_take_a_reason(verb: str) -> None:
    door = Door(views={PM: seen(REVIEWED)})
    answered = await door.send("POST", f"{ONE}/{verb}", json={"reason": " It was a drill. "})
    assert answered.status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, SkipPostmortem if verb == "skip" else RequirePostmortem)
    assert (command.reason, command.actor.email) == ("It was a drill.", "engineer@example.com")
    for body in ({}, {"reason": " "}, {"reason": "x" * 501}, {"reason": "x", "other": 1}):
        assert (await door.send("POST", f"{ONE}/{verb}", json=body)).status_code == 422
    assert is_problem(await door.send("POST", f"{ONE}/{verb}", json={}), 422, "invalid-field", "reason")
    assert (await door.send("POST", f"{ONE}/{verb}", json={"reason": "x"}, role=Role.TOOL)).status_code == 403


async def test_a_refusal_of_the_room_is_answered_as_such() -> None:
    refusal = Refusal(kind=Kind.FORBIDDEN, rule="owner-or-admin-skips", detail="Only Olga Owner")
    door = Door(FakeMessages(reply=Reply(refusal=refusal)), views={PM: seen(REVIEWED)})
    assert is_problem(await door.send("POST", f"{ONE}/skip", json={"reason": "x"}), 403, "owner-or-admin-skips")


async def test_what_is_skipped_says_why_by_whom_and_when_and_is_listed_only_on_demand() -> None:
    door = Door(views={PM: seen((*REVIEWED, SKIPPED))})
    whole = (await door.send("GET", ONE)).json()
    assert (whole["status"], whole["timeliness"], whole["review"]["state"]) == ("skipped", None, "none")
    assert whole["skipped"] == {"reason": "It was a drill.", "by": "owner@example.com", "at": "2026-03-02T12:00:00Z"}
    assert (await door.send("GET", "/v1/postmortems")).json()["items"] == []
    (listed,) = (await door.send("GET", "/v1/postmortems?status=skipped")).json()["items"]
    assert listed["skipped"] == whole["skipped"]


async def test_what_the_policy_passed_over_is_there_to_be_read_too() -> None:
    door = Door(views={PM: policy_s()})
    assert (await door.send("GET", ONE)).json()["skipped"]["by"] == "afterword"
    assert passage(policy_s()) is None


def test_asked_for_again_it_is_a_draft_that_nobody_has_reviewed() -> None:
    view = seen((*REVIEWED, SKIPPED, REQUIRED))
    assert view.draft
    whole = answer.whole(view, view.draft, "https://x", NOW)
    assert (whole.status, whole.skipped, whole.revision, whole.review.approvals) == ("draft", None, 4, ())


@given(st.permutations((*REVIEWED, SKIPPED, REQUIRED, OFF, AGAIN)))
def test_in_whatever_order_it_is_heard_of_it_stands_where_it_was_left(order: list[Message]) -> None:
    for story, status, called_off in (
        ((*REVIEWED, SKIPPED), "skipped", False),
        ((*REVIEWED, SKIPPED, OFF), "skipped", True),
        ((*REVIEWED, SKIPPED, REQUIRED, OFF, AGAIN), "draft", False),
    ):
        facts = [(event, (NOW + timedelta(hours=story.index(event)), event.name)) for event in order if event in story]
        view = put_together(facts)
        assert (view.status(), view.cancelled) == (status, called_off)


@pytest.mark.parametrize(
    ("before", "stands"), [(-1, "late"), (0, "due_soon"), (24 * 3600, "due_soon"), (24 * 3600 + 1, "on_time")]
)
def test_how_it_stands_to_its_deadline_follows_from_when_somebody_looks(before: int, stands: str) -> None:
    view = seen(REVIEWED)
    assert view.draft
    assert timeliness(view, view.draft, view.draft.deadline - timedelta(seconds=before)) == stands


def test_what_is_published_is_done_whenever_it_was_and_also_while_it_is_corrected() -> None:
    published = next(event for event in STORY if event.name == "Published.v1")
    revised: dict[str, Any] = {"status": "draft", "revised_at": NOW, "revised_by": "a", "correction_of": 3}
    view = seen((*REVIEWED, published, a_draft(said.DraftRevised, revision=9, **revised)))
    assert view.draft
    assert (view.status(), timeliness(view, view.draft, NOW + timedelta(days=99))) == ("draft", "done")


@pytest.mark.parametrize("stands", ["on_time", "due_soon", "late", "done"])
async def test_the_list_is_narrowed_to_how_they_stand(stands: str) -> None:
    door = Door(views={PM: seen(REVIEWED[:1])})
    door.clock.advance(timedelta(days={"on_time": 0, "due_soon": 4, "late": 6}.get(stands, 0), hours=1))
    found = (await door.send("GET", f"/v1/postmortems?timeliness={stands}")).json()["items"]
    assert [each["timeliness"] for each in found] == ([] if stands == "done" else [stands])
    assert is_problem(await door.send("GET", "/v1/postmortems?timeliness=soon"), 422, "invalid-field", "timeliness")


def test_history_has_who_skipped_it_where_that_made_a_revision() -> None:
    assert revision_of(SMALL, (NOW, "e")).note == "Small"
    asked = revision_of(REQUIRED, (NOW, "e"))  # type: ignore[arg-type]
    assert (asked.by, asked.note, asked.number) == ("ada@example.com", "No drill.", 4)
