"""The review page: the text since the last look, what stands beside it, and who sees what."""

from __future__ import annotations

import pytest

from services.gateway.domain.pages.looking import last_look
from shared.contracts import events as said
from shared.contracts.assigning import ReviewersWanted, WhyNobody
from shared.contracts.base import Owner
from shared.contracts.checklists import Question
from shared.contracts.coaching import RevisionChecked
from shared.contracts.threads import Settled, ThreadChanged
from shared.contracts.threads import begun as thread_of
from tests.helpers.builders import NOW, PM, REPORT, a_draft, a_remark
from tests.helpers.pages import Browser
from tests.helpers.reviews import APPROVED, BEN, EDITED, FIRST, ME, PATH, REMARKED, SUBMITTED, THREAD, a_door, a_page


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
