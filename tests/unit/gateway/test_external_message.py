"""What customers are told: only what was reviewed, only what is written, and harmless."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.external import as_html, as_markdown, as_text, external_message, reviewed_revision
from services.gateway.domain.history import revision_of
from services.gateway.domain.markdown import plain_text
from services.gateway.domain.view import View, project
from shared.contracts import events as said
from shared.contracts.base import Message
from shared.contracts.sections import Section
from shared.contracts.values import Approval
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem

BASE = f"/v1/postmortems/{PM}/external-message"
SECTIONS = (
    Section(name="overview", title="Overview"),
    Section(name="told", title="In <b>short</b>", part="external"),
    Section(name="seen", title="What customers noticed", part="external"),
    Section(name="next", title="What we do about it", part="external"),
)
REPORT = {
    "overview": "Ours alone.\n",
    "told": "Some orders took **long**, see [the page](https://status.example.com).\n",
    "seen": "<script>alert(1)</script>\n\n- one\n- two\n",
    "next": "> To do: say it.\n",
}
TEXT: dict[str, Any] = {"report": REPORT, "sections": SECTIONS, "missing": ("next",)}
APPROVAL = Approval(name="R", email="r@example.com", at=NOW)


def created(**fields: Any) -> said.DraftCreated:
    event: said.DraftCreated = a_draft(said.DraftCreated, **(TEXT | fields))
    return event


def approved(**fields: Any) -> said.ReviewApproved:
    event: said.ReviewApproved = a_draft(said.ReviewApproved, approvals=(APPROVAL,), **(TEXT | fields))
    return event


def revised(revision: int, **fields: Any) -> said.DraftRevised:
    more = {"status": "draft", "revised_at": NOW, "revised_by": "a@example.com", "revision": revision}
    event: said.DraftRevised = a_draft(said.DraftRevised, **(TEXT | more | fields))
    return event


def published(revision: int = 1) -> said.Published:
    draft = created()
    given = {name: getattr(draft, name) for name in ("postmortem_id", "content_hash", "title", "severity", "report")}
    return said.Published(**given, revision=revision, published_at=NOW, lists=(), recipients=0)


ENDED = said.MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW)


def a_view(*facts: Message) -> View:
    view: View | None = None
    for n, fact in enumerate(facts):
        view = project(view, fact, (NOW, f"e-{n}"))
    assert view
    return view


@pytest.mark.parametrize(
    ("facts", "revision"),
    [
        ((created(),), None),
        ((created(), ENDED), None),
        ((created(), approved()), None),
        ((created(), approved(), ENDED), 1),
        ((created(), approved(), ENDED, revised(2)), None),
        ((created(), approved(), published()), 1),
        ((created(), approved(), ENDED, published(), revised(2, correction_of=1)), 1),
    ],
)
def test_it_goes_out_once_it_is_published_or_approved_and_gone_through_in_the_meeting(
    facts: tuple[Message, ...], revision: int | None
) -> None:
    assert reviewed_revision(a_view(*facts)) == revision


async def test_before_that_it_is_refused_and_a_draft_of_it_says_that_it_is_one() -> None:
    door = Door(views={PM: a_view(created())})
    assert is_problem(await door.send("GET", BASE), 409, "not-reviewed")
    for format in ("md", "html", "txt"):
        answer = await door.send("GET", f"{BASE}?draft=true&format={format}")
        assert "DRAFT, not reviewed" in answer.text
        assert answer.headers["content-disposition"].endswith(f'-r1-draft.{format}"')
    assert (await door.send("GET", f"{BASE}?draft=true&format=json")).json()["reviewed"] is False


async def test_it_has_only_the_parts_for_customers_that_are_written() -> None:
    door = Door(views={PM: a_view(created(), approved(), published())})
    answer = await door.send("GET", BASE)
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.text == (
        "## In <b>short</b>\n\nSome orders took **long**, see [the page](https://status.example.com).\n\n"
        "## What customers noticed\n\n<script>alert(1)</script>\n\n- one\n- two\n"
    )
    body = (await door.send("GET", f"{BASE}?format=json")).json()
    assert [part["name"] for part in body["parts"]] == ["told", "seen"]
    assert (body["revision"], body["reviewed"]) == (1, True)
    text = (await door.send("GET", f"{BASE}?format=txt")).text
    assert "Some orders took long, see the page (https://status.example.com)." in text
    assert "- one\n- two" in text


async def test_as_html_it_does_nothing() -> None:
    door = Door(views={PM: a_view(created(), approved(), published())})
    answer = await door.send("GET", f"{BASE}?format=html")
    assert "<script" not in answer.text
    assert "<h2>In &lt;b&gt;short&lt;/b&gt;</h2>" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_while_a_correction_is_written_customers_are_told_what_is_published() -> None:
    correction = revised(2, correction_of=1, report={**REPORT, "told": "Not yet reviewed."})
    door = Door(views={PM: a_view(created(), approved(), published(), correction)})
    assert is_problem(await door.send("GET", BASE), 404, "unknown-revision", "revision")
    await door.history.keep(revision_of(created(), (NOW, "e-0")))
    assert "Not yet reviewed." not in (await door.send("GET", BASE)).text
    assert "Not yet reviewed." in (await door.send("GET", f"{BASE}?draft=true")).text


@pytest.mark.parametrize("nothing", ["", "-", " – \n", "—"])  # noqa: RUF001 - what people write
async def test_where_nothing_is_told_to_customers_the_answer_says_which_sections_to_write(nothing: str) -> None:
    door = Door(views={PM: a_view(created(report={**REPORT, "told": nothing, "seen": nothing}))})
    answer = await door.send("GET", f"{BASE}?draft=true")
    assert is_problem(answer, 409, "no-external-message", "sections.told")
    assert "`told`, `seen`, `next`" in answer.json()["detail"]


async def test_a_template_without_sections_for_customers_says_so() -> None:
    door = Door(views={PM: a_view(created(report={"overview": "x"}, sections=SECTIONS[:1]))})
    answer = await door.send("GET", f"{BASE}?draft=true")
    assert is_problem(answer, 409, "no-external-message")
    assert "has no section for customers" in answer.json()["detail"]


async def test_an_old_postmortem_has_its_one_section_and_no_heading() -> None:
    old = {"report": {"overview": "x", "external_message": "We are **sorry**.\n"}, "sections": ()}
    door = Door(views={PM: a_view(created(**old), approved(**old), published())})
    assert (await door.send("GET", BASE)).text == "We are **sorry**.\n"
    assert (await door.send("GET", f"{BASE}?format=txt")).text == "We are sorry.\n"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# A\n\nb *c*  \nd", "A\n\nb c\nd"),
        ("1. one\n2. two\n\nend", "1. one\n2. two\n\nend"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b\n 1 2"),
        ("`x` and <https://e.example.com>", "x and https://e.example.com"),
        ("```\ncode\n```", "code"),
    ],
)
def test_markdown_as_plain_text(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text


@given(st.text())
def test_whatever_is_written_every_form_of_it_can_be_made(text: str) -> None:
    message = external_message(created(report={**REPORT, "told": text}), reviewed=True)
    assert as_markdown(message)
    assert as_text(message)
    assert "<script" not in as_html(message)
