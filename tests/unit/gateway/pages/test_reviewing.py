"""The review page: the text since the last look, threads beside it, the verdict, and who takes part how."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.history import revision_of
from services.gateway.domain.pages.looking import last_look
from services.gateway.domain.view import View, project
from shared.contracts import events as said
from shared.contracts.assigning import ClaimReview, DeclineReview, HandOverReview, ReviewersWanted, WhyNobody
from shared.contracts.base import Message, Owner
from shared.contracts.checklists import Question
from shared.contracts.coaching import RevisionChecked
from shared.contracts.commands import GiveVerdict, Verdict
from shared.contracts.community import Member, reviewer_id
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.threads import ReopenThread, ReplyToThread, ResolveThread, Settled, ThreadChanged
from shared.contracts.threads import begun as thread_of
from shared.contracts.values import Approval, AskedReviewer, Comment
from shared.contracts.verdicts import WithdrawApproval
from tests.helpers.builders import NOW, PM, REPORT, a_draft, a_remark
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page
from tests.unit.gateway.test_reviewers import known

PATH = f"/postmortems/{PM}/review"
THREAD, OTHER = (f"3f6f9ac1-6f5f-5a43-9d6f-0d6a0d6f7c1{n}" for n in (1, 2))
ME = AskedReviewer(name="Rosa Reviewer", email="reviewer@example.com", due=NOW + timedelta(days=1))
BEN = AskedReviewer(name="Ben Berg", email="ben@example.com", claimed=True)
FIRST = a_draft(said.DraftCreated)
SUBMITTED: tuple[Message, ...] = (
    FIRST,
    a_draft(said.ReviewRequested, requested_at=NOW, requested_by="owner@example.com"),
    said.ReviewersAssigned(postmortem_id=PM, revision=1, reviewers=(ME, BEN), assigned_at=NOW, needed=2),
)
EDITED = a_draft(
    said.DraftRevised,
    revision=2,
    status="in_review",
    revised_at=NOW,
    revised_by="owner@example.com",
    title="Checkout was down",
    report={**REPORT, "overview": "Checkout answered very slowly.\n"},
)
REMARKED = said.ReviewCommented(
    postmortem_id=PM,
    revision=1,
    reviewer=BEN,
    at=NOW,
    comments=(
        Comment(id=THREAD, section="overview", quote="answered", text="How **slowly**?"),
        Comment(id=OTHER, text="Reads well."),
    ),
)
APPROVED = said.ApprovalGiven(
    postmortem_id=PM, revision=1, content_hash="x", approvals=(Approval(name="R", email=ME.email, at=NOW),)
)


def a_door(*facts: Message, story: Sequence[Message] = SUBMITTED) -> Door:
    view: View | None = None
    for n, fact in enumerate((*story, *facts)):
        view = project(view, fact, (NOW, f"e-{n}"))
    assert view
    door = Door(views={PM: view})
    for n, fact in enumerate((*story, *facts)):
        if isinstance(fact, said.DraftCreated | said.DraftRevised):
            revision = revision_of(fact, (NOW, f"e-{n}"))
            door.history.kept[PM, revision.number] = revision
    return door


async def a_page(*facts: Message, role: str = "reviewer", query: str = "") -> Page:
    async with Browser(a_door(*facts), role) as browser:
        page = await browser.open(PATH + query)
        assert page.status == 200, page.answer.text
        return page


async def sent(door: Door, path: str, fields: dict[str, str], role: str = "reviewer") -> Page:
    async with Browser(door, role) as browser:
        page = await browser.open(PATH)
        action = PATH + path
        form = page.form(action) if page.all("//form/@action").count(action) == 1 else {}
        return await browser.send(action, {**form, **fields})


def command_of(door: Door) -> Any:
    ((_, command),) = door.messages.said
    return command


async def test_who_was_asked_sees_the_text_how_it_stands_and_a_verdict_to_give() -> None:
    page = await a_page()
    assert "It takes 2 more approvals, 2 in all." in page.text("//*[@id='live']")
    assert "by 2026-03-03 12:00 UTC" in page.text("//*[@id='asked']")
    assert "Connections ran out." in page.text("//*[@id='section-what_happened']")
    assert len(page.all("//fieldset[@class='question']")) == len(Question)
    assert page.form(PATH)["revision"] == "1"


async def test_what_has_changed_since_the_own_approval_is_shown_as_taken_out_and_put_in() -> None:
    page = await a_page(APPROVED, EDITED)
    assert "since you approved it: 1 section changed" in page.text()
    (overview,) = page.all("//*[@id='section-overview']//*[contains(@class, 'difference')]")
    assert [each.text for each in overview.xpath("./ins")] == ["very "]
    assert "Checkout was down" in page.text("//ul[@class='fields']//ins")
    assert not page.all("//*[@id='section-what_happened']//ins")


async def test_another_revision_to_compare_with_is_chosen_or_none() -> None:
    assert not (await a_page(APPROVED, EDITED, query="?since=0")).all("//main//ins")
    page = await a_page(EDITED, role="engineer", query="?since=1")
    assert "Compared with revision 1" in page.text()
    assert page.all("//*[@id='section-overview']//ins")


@pytest.mark.parametrize("query", ["?since=7", "?since=2"])
async def test_a_revision_that_is_none_before_is_said_to_be_none(query: str) -> None:
    page = await a_page(EDITED, query=query)
    assert ("no such earlier revision" in page.text()) is (query == "?since=7")
    assert not page.all("//*[@id='section-overview']//ins")


async def test_a_number_that_is_none_is_a_page_that_says_so() -> None:
    async with Browser(a_door(), "reviewer") as browser:
        page = await browser.open(f"{PATH}?since=x")
        assert page.status == 422
        assert "since" in page.text()


def test_the_last_look_is_the_newest_word_else_what_was_submitted() -> None:
    view = a_door(APPROVED, EDITED).views[PM]
    look = last_look(view, ME.email)
    assert look
    assert (look.revision, look.because) == (1, "you approved it")
    asked = last_look(view, "somebody@example.com")
    assert asked
    assert (asked.revision, asked.because) == (1, "the review was asked for with it")
    assert last_look(a_door(story=(FIRST,)).views[PM], ME.email) is None


async def test_a_thread_stands_beside_its_section_and_quotes_its_words() -> None:
    page = await a_page(REMARKED)
    thread = page.text(f"//*[@id='section-overview']//*[@id='thread-{THREAD}']")
    assert thread.startswith("answered open line 1 Ben Berg")
    assert page.text("//*[@id='section-overview']//li//strong[text()='slowly']") == "slowly"
    assert "Reads well." in page.text("//*[@id='section-whole']")
    assert "1 open" in page.text("//nav[@aria-label='Sections']")


async def test_a_settled_thread_is_folded_away_and_one_whose_words_are_gone_says_so() -> None:
    begun = thread_of(REMARKED.comments[0], 1, BEN, NOW)
    assert begun
    settled = begun.model_copy(update={"version": 2, "resolved": Settled(by=BEN, at=NOW)})
    page = await a_page(REMARKED, ThreadChanged(postmortem_id=PM, thread=settled))
    assert "1 settled" in page.text("//*[@id='section-overview']//details[@class='settled']/summary")
    gone = a_draft(
        said.DraftRevised,
        revision=2,
        status="in_review",
        revised_at=NOW,
        revised_by="a",
        report={**REPORT, "overview": "Down.\n"},
    )
    assert "outdated stood last in revision 1" in (await a_page(REMARKED, gone)).text(f"//*[@id='thread-{THREAD}']")


async def test_a_section_that_is_gone_is_shown_with_its_threads() -> None:
    rest = {"what_happened": REPORT["what_happened"]}
    gone = a_draft(said.DraftRevised, revision=2, status="in_review", revised_at=NOW, revised_by="a", report=rest)
    page = await a_page(REMARKED, APPROVED, gone)
    assert page.text("//*[@id='section-overview']//del") == "Checkout answered slowly."
    assert page.all(f"//*[@id='section-overview']//*[@id='thread-{THREAD}']")
    assert "comments" not in "".join(page.all("//*[@id='section-overview']//form/@action"))


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


async def test_whoever_is_no_reviewer_answers_but_settles_nothing() -> None:
    page = await a_page(REMARKED, role="engineer")
    thread = page.all(f"//*[@id='thread-{THREAD}']")[0]
    assert [each.get("value") for each in thread.xpath(".//button")] == ["reply"]
    assert "Only those who are asked" in page.text("//*[@id='verdict']")
    assert "could offer to" in page.text("//*[@id='asked']")
    assert not [each for each in page.all("//form/@action") if each in (PATH, f"{PATH}/comments")]


async def test_an_owner_sees_why_they_give_no_verdict() -> None:
    own = Owner(name="R", email=ME.email)
    story = tuple(
        fact.model_copy(update={"owner": own}) if isinstance(fact, said.Snapshot) else fact for fact in SUBMITTED
    )
    async with Browser(a_door(REMARKED, story=story), "reviewer") as browser:
        page = await browser.open(PATH)
        assert "You own it, wrote in it" in page.text("//*[@id='verdict']")
        assert PATH not in page.all("//form/@action")
        assert "Settle" in page.text(f"//*[@id='thread-{THREAD}']")


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


async def test_too_few_reviewers_are_told_with_the_reasons() -> None:
    wanted = ReviewersWanted(
        postmortem_id=PM, revision=1, wanted=4, found=2, reasons=WhyNobody(away=2, barred=1), at=NOW
    )
    assert "2 of 4 reviewers were found: 1 may not review it; 2 are away." in (await a_page(wanted)).text()


async def test_remarks_of_the_coaching_stand_beside_their_section_unless_they_are_of_an_older_text() -> None:
    checked = RevisionChecked(postmortem_id=PM, revision=1, content_hash="x", version=1, at=NOW, remarks=(a_remark(),))
    page = await a_page(checked)
    assert "This tells what did not happen." in page.text("//*[@id='section-overview']//*[@class='coaching']")
    assert not (await a_page(checked, EDITED)).all("//*[@class='coaching']")


async def test_a_draft_says_what_comes_next() -> None:
    async with Browser(a_door(story=(FIRST,)), "reviewer") as browser:
        page = await browser.open(PATH)
        assert "has not asked for a review yet" in page.text("//*[@id='live']")
        assert PATH not in page.all("//form/@action")


async def test_what_is_restricted_is_not_there_for_others() -> None:
    story = tuple(
        fact.model_copy(update={"restricted": True, "title": "Secret"}) if isinstance(fact, said.Snapshot) else fact
        for fact in SUBMITTED
    )
    async with Browser(a_door(story=story)) as browser:
        page = await browser.open(PATH)
        assert page.status == 404
        assert "Secret" not in page.answer.text
        answer = await browser.send(f"{PATH}/comments", {"text": "x", "section": "", "revision": "1"})
        assert answer.status == 404
        assert not browser.door.messages.said


async def test_nothing_that_people_wrote_acts_and_nothing_is_inline() -> None:
    bad = {**REPORT, "overview": "<script>alert(1)</script> [x](javascript:alert(1)) <b onclick='x'>b</b>\n"}
    edited = a_draft(said.DraftRevised, revision=2, status="in_review", revised_at=NOW, revised_by="a", report=bad)
    page = await a_page(REMARKED, APPROVED, edited)
    assert not page.all("//main//script | //style | //@style | //@onclick | //script[not(@src)]")
    assert not [href for href in page.links() if "javascript" in href]
    assert len(page.answer.content) < 40_000


async def test_a_form_from_elsewhere_does_nothing() -> None:
    door = a_door()
    async with Browser(door, "reviewer") as browser:
        assert (await browser.send_unsigned(PATH, {"verdict": "approve", "revision": "1"})).status == 403
        assert not door.messages.said
