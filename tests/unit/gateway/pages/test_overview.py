"""The list of what there is to write, and the form of what stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain import etags
from services.gateway.domain.history import revision_of
from services.gateway.domain.pages import facts
from services.gateway.domain.view import View
from shared.contracts.base import BaseMessage, Owner
from shared.contracts.commands import RevisePostmortem
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.events import DraftCreated, DraftRevised
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, FakeMessages
from tests.helpers.pages import Browser, Page
from tests.unit.gateway.pages.samples import EDIT, FINDING, FIRST, REPORT, SECTIONS, an_open_door, said, view_of

OTHER = a_draft(
    DraftRevised,
    revision=2,
    title="Theirs",
    report=REPORT,
    sections=SECTIONS,
    tags=("theirs",),
    access=1,
    status="draft",
    revised_at=NOW,
    revised_by="ben@example.com",
)
HIDDEN = a_draft(DraftCreated, report=REPORT, sections=SECTIONS, restricted=True)


@pytest.fixture
async def door() -> Door:
    return await an_open_door()


async def changed(browser: Browser, **fields: str) -> Page:
    return await browser.send(EDIT, {**(await browser.open(EDIT)).form(EDIT), **fields})


async def test_each_section_says_what_is_still_to_do(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open(EDIT)
        overview, impact = ("".join(each.text_content().split()) for each in page.all("//*[@id='live']//li"))
        assert overview == "Overviewwritten1word"
        assert impact == "Impacttobewritten,beforeareview1secretorpersonaldetail1remark"
        assert f"{EDIT}/impact" in page.links()
        assert not page.all("//style | //script[not(@src)] | //@style")


async def test_what_a_title_should_not_have_is_said_beside_it() -> None:
    found = FINDING.model_copy(update={"section": "title"})
    door = Door(views={PM: view_of(a_draft(DraftCreated, findings=(found,)))})
    async with Browser(door) as browser:
        assert "GitHub token ghp_… 40 characters Put a placeholder" in (await browser.open(EDIT)).text(
            "//form[2] | //main"
        )


async def test_only_what_was_changed_is_sent(door: Door) -> None:
    async with Browser(door, "admin") as browser:
        answer = (await changed(browser, title=" Better ", tags="search\r\n\r\n  database ", note="why")).answer
        assert (answer.status_code, answer.headers["location"]) == (303, f"{EDIT}?said=saved")
    command = said(door)
    assert isinstance(command, RevisePostmortem)
    given_ = command.model_dump(exclude_none=True, include={*facts.FIELDS, "owner", "note"})
    assert given_ == {"title": "Better", "tags": ("search", "database"), "note": "why"}
    assert (command.base_revision, command.base_access) == (1, 0)


async def test_who_owns_it_severity_services_and_who_may_see_it_are_changed_too(door: Door) -> None:
    async with Browser(door, "admin") as browser:
        fields = {
            "severity": "sev1",
            "services": "search\ncheckout",
            "owner_name": "Ada Moreno",
            "restricted": "yes",
            "readers": "Guest@example.com",
        }
        assert (await changed(browser, **fields)).status == 303
    command = said(door)
    assert command.severity == "sev1"
    assert command.services == ("search", "checkout")
    assert command.owner == Owner(name="Ada Moreno", email="owner@example.com")
    assert (command.restricted, command.readers) == (True, ("guest@example.com",))


async def test_lists_are_emptied_and_what_is_restricted_is_opened() -> None:
    draft = a_draft(DraftCreated, report=REPORT, restricted=True, readers=("admin@example.com",), tags=("a",))
    door = Door(views={PM: view_of(draft)})
    async with Browser(door, "admin") as browser:
        await changed(browser, restricted="", readers="", tags=" \n")
    assert (said(door).restricted, said(door).readers, said(door).tags) == (False, (), ())


async def test_a_form_that_nobody_has_touched_changes_nothing(door: Door) -> None:
    async with Browser(door, "admin") as browser:
        assert (await changed(browser)).answer.headers["location"] == f"{EDIT}?said=unchanged"
    assert door.messages.said == []


async def test_who_may_not_decide_who_sees_it_is_told_who_does(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open(EDIT)
        assert "restricted" not in page.form(EDIT)
        assert "Olga Owner, or an admin decides" in page.text()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 10_000}, "at most 300 characters"),
        ({"title": "a\x00b"}, "control character"),
        ({"severity": "sev9"}, "severity"),
        ({"owner_email": "nobody"}, "owner.email"),
        ({"services": "x" * 201}, "services.0"),
        ({"readers": "nobody"}, "readers.0"),
        ({"note": "x" * 501}, "note"),
    ],
)
async def test_what_is_wrong_is_said_and_everything_typed_stays(door: Door, fields: dict[str, str], words: str) -> None:
    async with Browser(door, "admin") as browser:
        page = await changed(browser, **({"tags": "mine"} | fields))
        assert page.status == 422
        assert words in page.text("//*[@role='alert']")
        kept = page.form(EDIT)
        assert (kept["tags"], kept["was_tags"]) == ("mine", "")
    assert door.messages.said == []


async def test_fields_that_another_has_changed_are_shown_beside_mine_and_mine_can_be_put_in_their_place(
    door: Door,
) -> None:
    async with Browser(door, "admin") as browser:
        form = (await browser.open(EDIT)).form(EDIT)
        await door.history.keep(revision_of(OTHER, (NOW, "e-2")))
        door.views[PM] = view_of(FIRST, OTHER)
        door.messages.reply = Reply(refusal=stale())
        page = await browser.send(EDIT, {**form, "title": "Mine", "severity": "sev1"})
        assert page.status == 412
        assert "title is now Theirs, by ben@example.com" in page.text("//*[@aria-label='What others have changed']")
        kept = page.form(EDIT)
        assert (kept["title"], kept["was_title"], kept["severity"], kept["tags"]) == (
            "Mine",
            "Theirs",
            "sev1",
            "theirs",
        )
        assert etags.base_meant((kept["base"],), OTHER) == (2, OTHER.content_hash[:16], 1)
        door.messages.said.clear()
        door.messages.reply = Reply()
        assert (await browser.send(EDIT, kept)).status == 303
    assert (said(door).title, said(door).severity, said(door).tags) == ("Mine", "sev1", None)


async def test_of_every_kind_of_field_it_is_said_what_stands_there_now(door: Door) -> None:
    changed_by = {"changed_by": None, "changed_at": None}
    fields = [("tags", None), ("owner", 2), ("services", 2), ("restricted", None)]
    conflicts = [{"field": name, "revision": revision, **changed_by} for name, revision in fields]
    async with Browser(door, "admin") as browser:
        form = (await browser.open(EDIT)).form(EDIT)
        await door.history.keep(revision_of(OTHER, (NOW, "e-2")))
        door.views[PM] = view_of(FIRST, OTHER)
        door.messages.reply = Reply(refusal=stale(conflicts))
        page = await browser.send(EDIT, {**form, "title": "Mine"})
        told = [" ".join(each.text_content().split()) for each in page.all("//section[@class='note']//li")]
    assert told == [
        "tags is now theirs",
        "owner is now Olga Owner owner@example.com",
        "services is now checkout",
        "restricted is now for everybody",
    ]


def stale(conflicts: Sequence[dict[str, Any]] = ()) -> Refusal:
    conflict = {"field": "title", "revision": 2, "changed_by": "ben@example.com", "changed_at": "2026-03-02T12:00:00Z"}
    data: dict[str, Any] = {
        "revision": 2,
        "content_hash": OTHER.content_hash,
        "conflicts": [*(conflicts or [conflict])],
    }
    return Refusal(kind=Kind.STALE, rule="stale-revision", field="If-Match", detail="Changed: `title`.", data=data)


@dataclass
class Hiding(FakeMessages):
    """Rooms in which the postmortem becomes one that its editor may not see."""

    views: dict[str, View] = field(default_factory=dict)

    async def ask(self, id: str, command: BaseMessage, patience: float) -> Reply | None:
        self.views[PM] = view_of(HIDDEN)
        return await super().ask(id, command, patience)


async def test_who_hides_it_from_themselves_is_led_home() -> None:
    views = {PM: view_of(FIRST)}
    async with Browser(Door(messages=Hiding(views=views), views=views)) as browser:
        assert (await changed(browser, title="x")).answer.headers["location"] == "/?said=saved"


@given(st.dictionaries(st.sampled_from((*facts.LISTS, "title")), st.text(max_size=30)))
def test_what_is_typed_over_what_stands_there_is_what_a_patch_of_it_names(form: dict[str, str]) -> None:
    before, after = facts.fields(FIRST), facts.typed(form)
    patch = facts.patch(before, after)
    assert set(patch) == {name for name, text in after.items() if text != before[name]}
    assert facts.onto(before, after, before) == {**before, **after}
