"""The forms of the review page: comments, answers, the verdict, and who takes part."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.assigning import ClaimReview, DeclineReview, HandOverReview
from shared.contracts.commands import GiveVerdict, Verdict
from shared.contracts.community import Member, reviewer_id
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.threads import ReopenThread, ReplyToThread, ResolveThread
from shared.contracts.verdicts import WithdrawApproval
from tests.helpers.builders import NOW
from tests.helpers.pages import Browser
from tests.helpers.reviews import APPROVED, BEN, EDITED, FIRST, PATH, REMARKED, THREAD, a_door, a_page, command_of, sent
from tests.unit.gateway.test_reviewers import known


async def test_a_comment_quotes_the_markdown_of_the_words_that_were_picked() -> None:
    door = a_door()
    fields = {"section": "overview", "quote": "Checkout  answered", "before": "", "text": "How slowly?"}
    page = await sent(door, "/comments", {**fields, "revision": "1", "content_hash": "", "since": "1"})
    assert page.answer.headers["location"] == f"{PATH}?since=1&said=commented#section-overview"
    command = command_of(door)
    assert isinstance(command, GiveVerdict)
    (comment,) = command.comments
    assert command.verdict is Verdict.COMMENT
    assert (comment.section, comment.quote, comment.text) == ("overview", "Checkout answered", "How slowly?")
    assert comment.after == " slowly.\n"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"section": "overview", "text": ""}, "Write what you have to say."),
        ({"section": "overview", "text": "x", "quote": "Checkout " * 100}, "500 characters at most"),
        ({"section": "overview", "text": "x" * 100_001}, "100000 characters"),
    ],
)
async def test_a_comment_that_cannot_be_is_told_beside_it_and_its_text_is_kept(
    fields: dict[str, str], says: str
) -> None:
    door = a_door()
    page = await sent(door, "/comments", {"revision": "1", "quote": "", **fields})
    assert page.status == 422
    assert says in page.text("//*[@id='section-overview']//details[@open]//*[@role='alert']")
    assert page.all("//*[@id='comment-overview']")[0].text.lstrip("\n") == fields["text"]
    assert not door.messages.said


async def test_a_refused_comment_of_an_older_text_is_shown_again_beside_what_has_changed() -> None:
    door = a_door(APPROVED, EDITED)
    door.messages.reply = Reply(refusal=Refusal(kind=Kind.CONFLICT, rule="stale-revision", detail="The current is 2."))
    fields = {"section": "what_happened", "text": "Which ones?", "quote": "", "revision": "1", "since": "0"}
    page = await sent(door, "/comments", fields)
    assert page.status == 409
    assert page.text("//*[@id='section-what_happened']//*[@role='alert']").startswith("The text has changed")
    assert page.all("//*[@id='section-overview']//ins")
    assert "Which ones?" in page.text("//*[@id='comment-what_happened']")


async def test_a_verdict_takes_the_checklist_and_the_words_for_the_whole_along() -> None:
    door = a_door()
    fields = {"verdict": "request_changes", "text": "One thing.", "answer.depth": "no", "note.depth": "Why 20?"}
    page = await sent(door, "", fields)
    assert page.answer.headers["location"] == f"{PATH}?said=changes-requested"
    command = command_of(door)
    assert (command.verdict, command.revision, command.comments[0].text) == (Verdict.REQUEST_CHANGES, 1, "One thing.")
    assert command.content_hash == FIRST.content_hash
    assert {name: (each.answer, each.note) for name, each in command.checklist.items()} == {"depth": ("no", "Why 20?")}


@pytest.mark.parametrize(
    ("fields", "says"),
    [({}, "Choose what you say"), ({"verdict": "comment"}, "a comment needs it"), ({"verdict": "x"}, "verdict")],
)
async def test_a_verdict_that_is_none_is_told_and_nothing_is_lost(fields: dict[str, str], says: str) -> None:
    page = await sent(a_door(), "", {"answer.depth": "no", "note.depth": "Why?", **fields})
    assert page.status == 422
    assert says in page.text("//*[@id='verdict']//*[@role='alert']")
    assert page.form(PATH)["answer.depth"] == "no"
    assert page.form(PATH)["note.depth"] == "Why?"


async def test_a_rule_of_the_practice_is_told_with_what_was_typed() -> None:
    door = a_door()
    detail = "2 threads are not settled; resolve them, then approve."
    door.messages.reply = Reply(refusal=Refusal(kind=Kind.CONFLICT, rule="open-threads", detail=detail))
    page = await sent(door, "", {"verdict": "approve", "text": "\nWell <done> & مرحبا"})
    assert page.status == 409
    assert page.text("//*[@id='verdict']//*[@role='alert']") == detail
    assert page.form(PATH)["text"].strip() == "Well <done> & مرحبا"
    assert page.form(PATH)["verdict"] == "approve"


async def test_a_verdict_whose_room_does_not_answer_is_said_to_come_later() -> None:
    door = a_door()
    door.messages.reply = None
    page = await sent(door, "", {"verdict": "approve"})
    assert page.answer.headers["location"] == f"{PATH}?said=later"


@pytest.mark.parametrize(
    ("act", "text", "kinds", "word"),
    [
        ("reply", "413 ms.", [ReplyToThread], "replied"),
        ("resolve", "", [ResolveThread], "settled"),
        ("resolve", "413 ms.", [ReplyToThread, ResolveThread], "settled"),
        ("reopen", "", [ReopenThread], "reopened"),
    ],
)
async def test_a_thread_is_answered_and_settled_by_one_form(
    act: str, text: str, kinds: list[type[Any]], word: str
) -> None:
    door = a_door(REMARKED)
    page = await sent(door, f"/threads/{THREAD}", {"act": act, "text": text})
    assert page.answer.headers["location"] == f"{PATH}?said={word}#thread-{THREAD}"
    assert [type(command) for _, command in door.messages.said] == kinds


async def test_an_empty_answer_is_told_beside_its_thread() -> None:
    page = await sent(a_door(REMARKED), f"/threads/{THREAD}", {"act": "reply", "text": " "})
    assert page.status == 422
    assert page.text(f"//*[@id='thread-{THREAD}']//*[@role='alert']") == "Write an answer."


@pytest.mark.parametrize(
    ("path", "fields", "kind", "where"),
    [
        ("/claim", {}, ClaimReview, f"{PATH}?said=claimed"),
        ("/decline", {"reason": "I wrote it."}, DeclineReview, "/reviews?said=review-declined"),
        ("/hand-over", {"to": "dina@example.com", "reason": "Knows it."}, HandOverReview, "/reviews?said=handed-over"),
        ("/withdrawal", {"reason": "Read the log."}, WithdrawApproval, f"{PATH}?said=approval-withdrawn"),
    ],
)
async def test_who_takes_part_is_said_on_the_page(
    path: str, fields: dict[str, str], kind: type[Any], where: str
) -> None:
    door = a_door()
    page = await sent(door, path, fields)
    assert page.answer.headers["location"] == where
    assert isinstance(command_of(door), kind)


@pytest.mark.parametrize("path", ["/decline", "/hand-over", "/withdrawal"])
async def test_a_reason_is_asked_for_and_the_form_stays_open(path: str) -> None:
    page = await sent(a_door(APPROVED) if path == "/withdrawal" else a_door(), path, {"reason": " "})
    assert page.status == 422
    assert "why" in page.text("//*[@role='alert']").lower()


async def test_others_to_hand_over_to_are_members_who_are_there() -> None:
    door = a_door()
    for member in (
        Member(name="Dina", email="dina@example.com"),
        Member(name="Gone", email="gone@example.com", active=False),
        Member(name="Away", email="away@example.com", away_until=NOW + timedelta(days=1)),
        Member(name="Ben", email=BEN.email),
    ):
        door.reviewers.states[reviewer_id(member.email)] = known(member)
    async with Browser(door, "reviewer") as browser:
        page = await browser.open(PATH)
        assert page.all("//select[@name='to']/option/@value") == ["dina@example.com"]


async def test_an_approval_that_was_given_can_be_taken_back() -> None:
    page = await a_page(APPROVED)
    assert "You have approved revision 1" in page.text("//*[@id='asked']")
    assert page.form(f"{PATH}/withdrawal")["revision"] == "1"
    assert "1 of 2 approvals" in page.text("//*[@id='live']")


async def test_a_form_from_elsewhere_does_nothing() -> None:
    door = a_door()
    async with Browser(door, "reviewer") as browser:
        assert (await browser.send_unsigned(PATH, {"verdict": "approve", "revision": "1"})).status == 403
        assert not door.messages.said
