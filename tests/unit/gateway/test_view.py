"""The library's view: the same, whatever order the facts come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain import answer
from services.gateway.domain.view import Stamp, View, project
from shared.contracts import EVENTS, Message, values
from shared.contracts import events as said
from shared.contracts.base import derived_id
from shared.contracts.importing import PostmortemImported
from shared.messaging.topology import HEARS
from tests.helpers.builders import NOW, PM, REPORT, a_draft, a_remark, a_snapshot, an_item

Fact = tuple[Message, Stamp]
DINA, ELIAS = (values.AskedReviewer(name=n, email=f"{n}@example.com") for n in ("dina", "elias"))
APPROVALS = tuple(values.Approval(name=r.name, email=r.email, at=NOW) for r in (DINA, ELIAS))
MEETING = {
    "postmortem_id": PM,
    "uid": "u",
    "start": NOW,
    "end": NOW,
    "timezone": "UTC",
    "url": "https://x.example.com",
    "join_url": "https://m.example.com",
    "title": "t",
}

STORY: tuple[Message, ...] = (
    a_draft(said.DraftCreated),
    said.MeetingScheduled(**MEETING, status="tentative", sequence=0),
    a_draft(said.DraftRevised, revision=2, status="draft", revised_at=NOW, revised_by="a"),
    a_draft(said.ReviewRequested, revision=2, requested_at=NOW, requested_by="a@example.com"),
    said.ReviewersAssigned(postmortem_id=PM, revision=2, reviewers=(DINA, ELIAS), assigned_at=NOW),
    said.ChangesRequested(
        postmortem_id=PM,
        revision=2,
        reviewer=DINA,
        at=NOW + timedelta(hours=1),
        comments=(values.Comment(text="Numbers?"),),
    ),
    a_draft(said.DraftRevised, revision=3, status="changes_requested", revised_at=NOW, revised_by="a"),
    a_draft(said.ReviewRequested, revision=3, requested_at=NOW + timedelta(hours=2), requested_by="a@example.com"),
    said.ApprovalGiven(
        postmortem_id=PM, revision=3, content_hash=a_snapshot()["content_hash"], approvals=APPROVALS[:1]
    ),
    a_draft(said.ReviewApproved, revision=3, approvals=APPROVALS),
    said.MeetingScheduled(**MEETING, status="scheduled", sequence=1),
    said.MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW),
    said.Published(
        postmortem_id=PM,
        revision=3,
        content_hash="x",
        published_at=NOW,
        title="t",
        severity="sev2",
        report=REPORT,
        lists=(),
        recipients=2,
    ),
    said.DeliveryCompleted(postmortem_id=PM, revision=3, accepted=2, failed=0, completed_at=NOW),
    a_draft(said.AccessChanged, revision=3, restricted=True, tags=("dns",), access=1, changed_at=NOW, changed_by="a"),
)


def stamp(event: Message) -> Stamp:
    return NOW, derived_id(event.model_dump_json(), event.name)


def seen(story: Sequence[Message]) -> View:
    return put_together([(event, stamp(event)) for event in story])


def put_together(facts: Sequence[Fact]) -> View:
    view = None
    for event, at in facts:
        view = project(view, event, at)
    assert view
    return view


def test_the_status_follows_the_story() -> None:
    statuses = [seen(STORY[:n]).status() for n in range(1, len(STORY) + 1)]
    assert statuses == [
        "draft",
        "draft",
        "draft",
        "in_review",
        "in_review",
        "changes_requested",
        "changes_requested",
        "in_review",
        "in_review",
        "approved",
        "approved",
        "approved",
        "published",
        "published",
        "published",
    ]


@given(st.permutations(STORY))
def test_in_whatever_order_the_facts_come_the_view_is_the_same(order: list[Message]) -> None:
    assert seen(tuple(order)) == seen(STORY)


def test_a_fact_heard_twice_changes_only_comments_once_each() -> None:
    for first, second in permutations(STORY[:5], 2):
        assert project(seen((first, second)), second, stamp(second)) == seen((first, second))


THREAD = {
    "id": "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11",
    "revision": 1,
    "comments": [
        {"id": "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11", "by": DINA.model_dump(), "at": NOW, "text": "Numbers?"}
    ],
}


def a_fact(n: int, kind: type[Message], number: int, minutes: int, size: int) -> Fact:
    """The n-th fact: with numbers, times and lengths that others have too, and content of its own."""
    at, own = NOW + timedelta(minutes=minutes), NOW + timedelta(hours=1, microseconds=n)
    entries = [{"id": f"{n}-{i}", "at": at, "text": f"{n}", "kind": "note", "source": "x"} for i in range(size)]
    people = [{"name": f"Person {n}"}]
    fields: dict[str, Any] = {
        **a_snapshot(revision=number, title=f"Title {n}", people=people, timeline=entries),
        "access": minutes,
        "restricted": minutes == 1,
        "tags": [f"tag {minutes}"],
        "changed_at": at,
        "changed_by": "a",
        **MEETING,
        "incident": {"source": "x", "external_id": "1", "url": f"https://example.com/{n}"},
        "requested_at": at,
        "requested_by": "a@example.com",
        "revised_at": at,
        "revised_by": "a",
        "assigned_at": at,
        "reviewers": [{"name": f"R{n}", "email": "r@example.com"}],
        "reviewer": {"name": "Dina", "email": "dina@example.com"},
        "comments": [{"text": f"{n}-{i}"} for i in range(size)],
        "at": own,
        "remarks": [a_remark(family=f"family-{n}") for _ in range(size)],
        "approvals": [{"name": "A", "email": f"a{i}@example.com", "at": own} for i in range(size)],
        "status": "scheduled" if issubclass(kind, said.MeetingScheduled) else "draft",
        "sequence": number,
        "join_url": f"https://m.example.com/{n}",
        "ended_at": at,
        "published_at": own,
        "lists": [],
        "recipients": n,
        "accepted": n,
        "failed": 0,
        "completed_at": at,
        "items": n + 1,
        "closed_at": at,
        "correction_of": [None, 1, 2][minutes],
        "correction_note": f"Note {n}",
        "toggles": minutes,
        "reason": f"Reason {n}",
        "skipped_by": f"by {n}",
        "skipped_at": at,
        "required_by": f"by {n}",
        "required_at": at,
        "withdrawn_by": f"by {n}",
        "withdrawn_at": at,
        "into": f"5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c1{n % 10}",
        "merged_at": at,
        "merged_by": "a@example.com",
        "gathered": minutes,
        "approval_round": minutes + 1,
        "thread": {**THREAD, "version": n + 1, "outdated": size > 1},
        "wanted": 3,
        "found": size,
        "notes": f"Notes {n}",
        "by": {"name": "Dina", "email": "dina@example.com"},
        "version": number,
        "item": an_item(version=number, text=f"Do {n}", created_at=at),
    }
    return kind.model_validate(fields), (at, f"e-{n}")


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[Fact], list[Fact]]:
    """Facts of all kinds as nobody would expect them, in two orders."""
    told = [kind for name in HEARS["gateway"] if issubclass(kind := EVENTS[name], Message)]
    kinds = st.sampled_from([kind for kind in told if kind is not PostmortemImported])  # which comes with no other
    drawn = draw(st.lists(st.tuples(kinds, st.integers(1, 3), st.integers(0, 2), st.integers(0, 2)), min_size=1))
    facts = [a_fact(n, *each) for n, each in enumerate(drawn)]
    return facts, draw(st.permutations(facts))


@given(shuffled())
def test_facts_with_equal_numbers_end_in_the_same_view_in_whatever_order_they_come(
    orders: tuple[list[Fact], list[Fact]],
) -> None:
    assert put_together(orders[0]) == put_together(orders[1])


@given(shuffled())
def test_a_view_that_was_kept_and_read_again_goes_on_as_before(orders: tuple[list[Fact], list[Fact]]) -> None:
    *before, (event, at) = orders[0]
    if before:
        kept = View.model_validate(put_together(before).model_dump(mode="json"))
        assert project(kept, event, at) == put_together(orders[0])


def test_a_late_delivery_report_of_an_older_publication_does_not_hide_the_newer() -> None:
    older, newer = (
        said.DeliveryCompleted(postmortem_id=PM, revision=revision, accepted=1, failed=0, completed_at=NOW)
        for revision in (3, 4)
    )
    assert seen((newer, older)).completed == newer


def test_guests_who_join_are_seen_although_the_sequence_stays() -> None:
    before, after = (
        said.MeetingRescheduled(
            **MEETING,
            status="scheduled",
            sequence=1,
            attendees=[{"name": n, "email": f"{n}@example.com"} for n in names],
        )
        for names in (("dina",), ("dina", "elias"))
    )
    facts = [(before, (NOW, "e-2")), (after, (NOW + timedelta(minutes=1), "e-1"))]
    for order in permutations(facts):
        meeting = put_together(order).meeting
        assert meeting
        assert len(meeting.attendees) == 2


def test_a_postmortem_is_as_old_as_its_first_draft_whenever_that_is_heard_of() -> None:
    created, revised = STORY[0], STORY[2]
    facts = [(created, (NOW, "e-1")), (revised, (NOW + timedelta(hours=1), "e-2"))]
    for order in permutations(facts):
        view = put_together(order)
        assert (view.created_at, view.updated_at) == (NOW, NOW + timedelta(hours=1))


def test_an_edit_after_approval_is_in_review_again() -> None:
    edit = a_draft(said.DraftRevised, revision=4, status="in_review", revised_at=NOW, revised_by="a")
    view = seen((*STORY[:10], edit))
    assert view.status() == "in_review"
    assert view.draft
    assert answer.review(view, view.draft, "https://afterword.example.com").approvals == ()


def test_the_answer_has_what_the_api_promises() -> None:
    view = seen(STORY)
    assert view.draft
    whole = answer.whole(view, view.draft, "https://afterword.example.com/", NOW).model_dump(mode="json")
    promised = {
        "id",
        "title",
        "status",
        "severity",
        "services",
        "owner",
        "people",
        "deadline",
        "revision",
        "content_hash",
        "sections",
        "timeline",
        "missing",
        "incident",
        "review",
        "meeting",
        "publication",
        "action_items",
        "links",
    }
    assert promised <= set(whole)
    assert whole["publication"] == {
        "revision": 3,
        "correction_of": None,
        "changes": [],
        "published_at": "2026-03-02T12:00:00Z",
        "recipients": 2,
        "accepted": 2,
        "failed": 0,
        "pending": 0,
    }
    assert whole["meeting"]["status"] == "ended"
    assert whole["review"]["state"] == "approved"
