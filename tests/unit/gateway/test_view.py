"""The library's view: the same, whatever order the facts come in."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain import answer
from services.gateway.domain.view import View, project
from shared.contracts import Message, values
from shared.contracts import events as said
from tests.helpers.builders import NOW, PM, REPORT, a_draft, a_snapshot

DINA, ELIAS = (values.Reviewer(name=n, email=f"{n}@example.com") for n in ("dina", "elias"))
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
)


def seen(story: tuple[Message, ...]) -> View:
    view = None
    for event in story:
        view = project(view, event, NOW)
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
    ]


@given(st.permutations(STORY))
def test_in_whatever_order_the_facts_come_the_view_is_the_same(order: list[Message]) -> None:
    assert seen(tuple(order)) == seen(STORY)


def test_a_fact_heard_twice_changes_only_comments_once_each() -> None:
    for first, second in permutations(STORY[:5], 2):
        assert project(seen((first, second)), second, NOW) == seen((first, second))


def test_an_edit_after_approval_is_in_review_again() -> None:
    edit = a_draft(said.DraftRevised, revision=4, status="in_review", revised_at=NOW, revised_by="a")
    view = seen((*STORY[:10], edit))
    assert view.status() == "in_review"
    assert view.draft
    assert answer.review(view, view.draft)["approvals"] == []


def test_the_answer_has_what_the_api_promises() -> None:
    view = seen(STORY)
    assert view.draft
    whole = answer.whole(view, view.draft, "https://afterword.example.com/")
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
        "published_at": "2026-03-02T12:00:00Z",
        "recipients": 2,
        "accepted": 2,
        "failed": 0,
        "pending": 0,
    }
    assert whole["meeting"]["status"] == "ended"
    assert whole["review"]["state"] == "approved"


def test_an_etag_names_its_revision_and_others_name_none() -> None:
    draft = seen(STORY).draft
    assert draft
    assert answer.revision_of(answer.etag(draft)) == 3
    assert [answer.revision_of(tag) for tag in ("*", '"abc"', "", '"-1-x"', '"²-x"')] == [None] * 5
