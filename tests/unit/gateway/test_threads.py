"""The threads of a review at the front door, an approval that is withdrawn, and the checklist."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.view import View, project
from shared.contracts import events as said
from shared.contracts.base import Message
from shared.contracts.checklists import Question
from shared.contracts.commands import GiveVerdict, PublishPostmortem
from shared.contracts.threads import ReopenThread, ReplyToThread, ResolveThread, Settled, ThreadChanged
from shared.contracts.threads import begun as thread_of
from shared.contracts.values import Approval, AskedReviewer, Comment, Reviewer
from shared.contracts.verdicts import ApprovalWithdrawn, WithdrawApproval
from tests.helpers.builders import NOW, PM, REPORT, a_draft
from tests.helpers.front_door import Door, is_problem

PATH = f"/v1/postmortems/{PM}"
THREAD, OTHER = (f"3f6f9ac1-6f5f-5a43-9d6f-0d6a0d6f7c1{n}" for n in (1, 2))
REVIEWER = AskedReviewer(name="R", email="reviewer@example.com", approved_revision=1)
ENGINEER = AskedReviewer(name="E", email="engineer@example.com")
COMMENTED = said.ReviewCommented(
    postmortem_id=PM,
    revision=2,
    reviewer=REVIEWER,
    at=NOW,
    comments=(
        Comment(id=THREAD, section="overview", quote="slowly", text="How slowly?"),
        Comment(id=OTHER, section="what_happened", text="Whose?"),
    ),
)
STORY: tuple[Message, ...] = (
    a_draft(said.DraftCreated),
    a_draft(said.DraftRevised, revision=2, status="draft", revised_at=NOW, revised_by="a"),
    a_draft(said.ReviewRequested, revision=2, requested_at=NOW, requested_by="a@example.com"),
    said.ReviewersAssigned(postmortem_id=PM, revision=2, reviewers=(REVIEWER, ENGINEER), assigned_at=NOW),
    COMMENTED,
)


def approved(*who: AskedReviewer, number: int = 0, minutes: int = 1) -> said.ReviewApproved:
    at = NOW + timedelta(minutes=minutes)
    approvals = tuple(Approval(name=each.name, email=each.email, at=at) for each in who)
    event: said.ReviewApproved = a_draft(said.ReviewApproved, revision=2, approvals=approvals, approval_round=number)
    return event


def withdrawn(who: AskedReviewer, left: AskedReviewer, number: int = 1) -> ApprovalWithdrawn:
    at = NOW + timedelta(minutes=2)
    rest = (Approval(name=left.name, email=left.email, at=NOW + timedelta(minutes=1)),)
    return ApprovalWithdrawn(
        postmortem_id=PM, revision=2, content_hash="x", reviewer=who, approvals=rest, approval_round=number, at=at
    )


def a_door(*facts: Message) -> Door:
    view: View | None = None
    for n, fact in enumerate((*STORY, *facts)):
        view = project(view, fact, (NOW, f"e-{n}"))
    assert view
    return Door(views={PM: view})


def changed(**fields: Any) -> ThreadChanged:
    thread = thread_of(COMMENTED.comments[0], 2, REVIEWER, NOW)
    assert thread
    return ThreadChanged(postmortem_id=PM, thread=thread.model_copy(update={"version": 2, **fields}))


async def threads(door: Door, query: str = "") -> list[dict[str, Any]]:
    answer = await door.send("GET", f"{PATH}/threads{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_remark_is_a_thread_from_the_start_and_told_where_it_stands() -> None:
    door = a_door()
    first, second = await threads(door)
    assert (first["id"], first["state"], first["quote"], first["line"]) == (THREAD, "open", "slowly", 1)
    assert (second["section"], second["quote"], second["line"]) == ("what_happened", None, None)
    assert [comment["text"] for comment in first["comments"]] == ["How slowly?"]
    whole = (await door.send("GET", PATH)).json()["review"]
    assert whole["threads"] == [first, second]
    assert [{*comment} for comment in whole["comments"]] == [{"revision", "reviewer", "at", "section", "text"}] * 2


async def test_the_newest_word_about_a_thread_counts_whichever_came_first() -> None:
    resolved = changed(resolved=Settled(by=Reviewer(name="R", email="r@example.com"), at=NOW))
    for facts in ((resolved, COMMENTED), (COMMENTED, resolved), (resolved, changed(version=1))):
        (first, *_) = await threads(a_door(*facts))
        assert (first["state"], first["version"]) == ("resolved", 2)


@pytest.mark.parametrize(("state", "found"), [("open", [OTHER]), ("outdated", [THREAD]), ("resolved", [])])
async def test_threads_are_listed_by_their_state(state: str, found: list[str]) -> None:
    door = a_door(changed(outdated=True))
    assert [thread["id"] for thread in await threads(door, f"?state={state}")] == found


async def test_what_no_longer_stands_in_the_text_is_outdated_before_its_room_has_said_so() -> None:
    report = {**REPORT, "overview": "Checkout was down.\n"}
    door = a_door(
        a_draft(said.DraftRevised, revision=3, status="in_review", revised_at=NOW, revised_by="a", report=report)
    )
    (first, _) = await threads(door)
    assert (first["state"], first["line"], first["revision"]) == ("outdated", None, 2)


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("POST", f"/threads/{THREAD}/replies", {"text": " 413 ms. "}, ReplyToThread),
        ("POST", f"/threads/{THREAD}/resolve", None, ResolveThread),
        ("POST", f"/threads/{THREAD}/reopen", None, ReopenThread),
        ("DELETE", "/reviews/mine?reason=Read%20the%20log.&revision=2", None, WithdrawApproval),
    ],
)
async def test_what_is_asked_for_becomes_its_command(
    method: str, path: str, body: dict[str, Any] | None, kind: type[Any]
) -> None:
    door = a_door()
    answer = await door.send(method, PATH + path, json=body)
    assert answer.status_code == 200, answer.text
    ((_, command),) = door.messages.said
    assert isinstance(command, kind)
    assert command.actor.email == "engineer@example.com"
    if isinstance(command, ReplyToThread):
        assert (command.thread, command.text) == (THREAD, "413 ms.")
    if isinstance(command, WithdrawApproval):
        assert (command.revision, command.reason) == (2, "Read the log.")


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", f"/threads/{THREAD}/replies", {"text": "  "}, "text"),
        ("POST", "/threads/x/resolve", None, "thread"),
        ("DELETE", "/reviews/mine", None, "reason"),
        ("GET", "/threads?state=closed", None, "state"),
        ("POST", "/reviews", {"revision": 1, "verdict": "comment", "comments": [{"text": ""}]}, "comments.0.text"),
        (
            "POST",
            "/reviews",
            {"revision": 1, "verdict": "approve", "checklist": {"spelling": {}}},
            "checklist.spelling",
        ),
    ],
)
async def test_what_is_wrong_is_named(method: str, path: str, body: dict[str, Any] | None, field: str) -> None:
    answer = await a_door().send(method, PATH + path, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"].startswith(field)


async def test_a_verdict_takes_quotes_a_hash_and_a_checklist_along() -> None:
    door = a_door()
    body = {
        "revision": 2,
        "verdict": "approve",
        "content_hash": "abc",
        "comments": [{"section": "overview", "quote": "slowly", "text": "How?", "id": "mine"}],
        "checklist": {"depth": {"answer": "not_applicable"}},
    }
    assert (await door.send("POST", f"{PATH}/reviews", json=body)).status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, GiveVerdict)
    assert (command.content_hash, command.comments[0].quote, command.comments[0].id) == ("abc", "slowly", None)
    assert command.checklist[Question.DEPTH].answer == "not_applicable"


async def test_a_withdrawn_approval_is_shown_no_more_in_whatever_order_it_is_heard() -> None:
    first, taken = approved(REVIEWER, ENGINEER), withdrawn(ENGINEER, REVIEWER)
    for facts in ((first, taken), (taken, first)):
        answer = (await a_door(*facts).send("GET", PATH)).json()
        assert (answer["status"], answer["review"]["state"]) == ("in_review", "in_review")
        assert [approval["email"] for approval in answer["review"]["approvals"]] == [REVIEWER.email]
    again = approved(REVIEWER, ENGINEER, number=1, minutes=3)
    for late in ((first, taken, again), (again, first, taken), (taken, again, first)):
        answer = (await a_door(*late).send("GET", PATH)).json()
        assert (answer["status"], len(answer["review"]["approvals"])) == ("approved", 2)


async def test_who_publishes_says_which_round_they_have_seen_approved() -> None:
    door = a_door(approved(REVIEWER), withdrawn(ENGINEER, REVIEWER), approved(REVIEWER, number=1, minutes=3))
    await door.send("POST", f"{PATH}/publish", role="admin")
    ((_, command),) = door.messages.said
    assert isinstance(command, PublishPostmortem)
    assert (command.approved_revision, command.approved_round) == (2, 1)


async def test_each_reviewer_is_shown_what_they_approved_last_and_what_has_changed_since() -> None:
    door = a_door()
    link = f"https://afterword.example.com{PATH}/diff?from=1&to=2"
    reviewers = (await door.send("GET", PATH)).json()["review"]["reviewers"]
    assert [(each["approved_revision"], each["links"]) for each in reviewers] == [(1, {"diff": link}), (None, {})]
    (item,) = (await door.send("GET", "/v1/reviews?reviewer=me", role="reviewer")).json()["items"]
    assert item["links"]["diff"] == link
    (item,) = (await door.send("GET", "/v1/reviews?reviewer=me")).json()["items"]
    assert "diff" not in item["links"]
    done = (await a_door(approved(ENGINEER)).send("GET", PATH)).json()["review"]["reviewers"]
    assert [each["approved_revision"] for each in done] == [1, 2]


async def test_the_questions_of_the_checklist_are_six_and_nobody_is_asked_them_twice() -> None:
    items = (await a_door().send("GET", "/v1/reviews/checklist")).json()["items"]
    assert [item["name"] for item in items] == [question.value for question in Question]
    assert len({item["question"] for item in items}) == 6
    assert is_problem(await a_door().send("GET", "/v1/reviews/checklist", role="tool"), 403, "role-needed")
