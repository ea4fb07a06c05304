"""What owners decide on pages: each says what it will bring about, and keeps what was typed when it is refused."""

from __future__ import annotations

import pytest

from shared.contracts.commands import PublishPostmortem, SubmitForReview
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.findings import Finding
from shared.contracts.skipping import RequirePostmortem, SkipPostmortem
from tests.helpers.builders import PM
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser
from tests.helpers.reading import a_revision, put

PATH = f"/postmortems/{PM}"
FINDING = Finding(
    id="4f9c2d17aa03be58",
    rule="github-token",
    kind="secret",
    section="impact",
    line=3,
    column=14,
    end_line=3,
    end_column=54,
    what="GitHub Token",
    excerpt="ghp_… 40 characters",
    hint="Put a placeholder in its place.",
)
REFUSED = Reply(refusal=Refusal(kind=Kind.FORBIDDEN, rule="owner-or-admin-skips", detail="Only Olga skips it."))


@pytest.mark.parametrize(
    ("which", "command", "said", "typed"),
    [
        ("publish", PublishPostmortem, "published", {}),
        ("skip", SkipPostmortem, "skipped", {"reason": "A drill.\r\nReally."}),
        ("require", RequirePostmortem, "required", {"reason": "Customers noticed."}),
    ],
)
async def test_a_decision_is_one_form_that_says_what_it_brings_about(
    which: str, command: type, said: str, typed: dict[str, str]
) -> None:
    door = Door()
    await put(door, a_revision(1))
    async with Browser(door) as browser:
        page = await browser.open(f"{PATH}/{which}")
        form = page.form(f"{PATH}/{which}")
        answer = await browser.send(f"{PATH}/{which}", {**form, **typed})
    assert answer.answer.headers["location"] == f"{PATH}?said={said}"
    ((_, given),) = door.messages.said
    assert isinstance(given, command)
    assert getattr(given, "reason", "").splitlines() == typed.get("reason", "").splitlines()


async def test_a_form_that_is_sent_twice_has_its_effect_once() -> None:
    door = Door()
    await put(door, a_revision(1))
    async with Browser(door) as browser:
        form = (await browser.open(f"{PATH}/publish")).form(f"{PATH}/publish")
        for _ in range(2):
            await browser.send(f"{PATH}/publish", form)
    assert len({id for id, _ in door.messages.said}) == 1


async def test_a_refusal_is_shown_above_the_form_with_what_was_typed() -> None:
    door = Door()
    door.messages.reply = REFUSED
    await put(door, a_revision(1))
    async with Browser(door) as browser:
        page = await browser.send(f"{PATH}/skip", {"reason": "<i>A drill.</i>"})
        assert (page.status, page.text("//*[@role='alert']")) == (403, "Only Olga skips it.")
        assert page.text("//textarea") == "<i>A drill.</i>"
        page = await browser.send(f"{PATH}/skip", {"reason": "  "})
        assert (page.status, "reason" in page.text("//*[@role='alert']")) == (422, True)


async def test_what_takes_its_time_says_so() -> None:
    door = Door()
    door.messages.reply = None
    await put(door, a_revision(1))
    async with Browser(door) as browser:
        answer = await browser.send(f"{PATH}/publish", {"key": "k"})
    assert answer.answer.headers["location"] == f"{PATH}?said=later"


async def test_a_form_from_elsewhere_decides_nothing() -> None:
    door = Door()
    await put(door, a_revision(1))
    async with Browser(door) as browser:
        for which in ("submit", "publish", "skip", "require", "action-items/new"):
            assert (await browser.send_unsigned(f"{PATH}/{which}", {"reason": "x"})).status == 403
    assert door.messages.said == []


async def test_before_a_review_is_asked_for_the_page_says_what_is_missing() -> None:
    door = Door()
    await put(door, a_revision(1, report={"impact": ""}, missing=("impact",)))
    async with Browser(door) as browser:
        page = await browser.open(f"{PATH}/submit")
    assert f"{PATH}/edit/impact" in page.links()


async def test_what_was_found_is_justified_with_the_submission_and_reasons_stay_when_it_is_refused() -> None:
    door = Door()
    await put(door, a_revision(1, findings=(FINDING,)))
    async with Browser(door) as browser:
        page = await browser.open(f"{PATH}/submit")
        assert "ghp_… 40 characters" in page.text("//form[contains(@action, 'submit')]")
        form = page.form(f"{PATH}/submit")
        door.messages.reply = Reply(refusal=Refusal(kind=Kind.CONFLICT, rule="merged", detail="It is merged."))
        page = await browser.send(f"{PATH}/submit", {**form, f"reason-{FINDING.id}": "Revoked."})
        assert (page.status, page.text("//*[@role='alert']")) == (409, "It is merged.")
        door.messages.reply = Reply()
        again = await browser.send(f"{PATH}/submit", page.form(f"{PATH}/submit"))
    assert again.answer.headers["location"] == f"{PATH}?said=submitted"
    _, command = door.messages.said[-1]
    assert isinstance(command, SubmitForReview)
    assert [(each.finding, each.reason) for each in command.justifications] == [(FINDING.id, "Revoked.")]
