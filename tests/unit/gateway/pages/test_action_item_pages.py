"""Action items on pages: added and changed by forms, moved by buttons."""

from __future__ import annotations

import pytest

from shared.contracts.commands import AddActionItem, ChangeActionItem
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.events import ActionItemAdded, ActionItemChanged
from tests.helpers.builders import PM, an_item
from tests.helpers.front_door import Door, FakeMessages
from tests.helpers.pages import Browser
from tests.helpers.reading import a_revision, put

PATH = f"/postmortems/{PM}"
ITEM = an_item(tracker_url="https://tracker.example.com/1")
STALE = Reply(refusal=Refusal(kind=Kind.STALE, rule="stale-version", detail="The item is at version 2."))
NEW, ONE = f"{PATH}/action-items/new", f"{PATH}/action-items/{ITEM.id}"


@pytest.fixture
async def door() -> Door:
    """A gateway with one action item."""
    door = Door(FakeMessages(reply=Reply(data=ITEM.model_dump(mode="json"))))
    await put(door, a_revision(1), ActionItemAdded(postmortem_id=PM, item=ITEM))
    return door


def changed(door: Door) -> dict[str, object]:
    """Return what the last command changes."""
    _, command = door.messages.said[-1]
    assert isinstance(command, ChangeActionItem)
    return command.model_dump(exclude_none=True, exclude={"postmortem_id", "actor", "item_id"})


async def test_an_item_is_added_by_a_form_that_proposes_who_fills_it_in(door: Door) -> None:
    async with Browser(door) as browser:
        form = (await browser.open(NEW)).form(NEW)
        assert (form["owner_name"], form["owner_email"]) == ("Engineer", "engineer@example.com")
        answer = await browser.send(NEW, {**form, "text": "Watch the pool", "due": "2026-04-01", "kind": "detect"})
    assert answer.answer.headers["location"] == f"{PATH}?said=item-added#tracked-items"
    ((_, command),) = door.messages.said
    assert isinstance(command, AddActionItem)
    assert (command.text, command.kind, command.tracker_url) == ("Watch the pool", "detect", None)
    assert command.due
    assert command.due.isoformat() == "2026-04-01T23:59:59+00:00"


async def test_a_form_with_a_mistake_comes_back_as_it_was_with_the_mistake_named(door: Door) -> None:
    async with Browser(door) as browser:
        form = (await browser.open(NEW)).form(NEW)
        page = await browser.send(NEW, {**form, "text": "Watch <it>", "owner_email": "nobody", "due": "soon"})
    assert page.status == 422
    assert "owner.email" in page.text("//*[@role='alert']")
    assert page.text("//textarea") == "Watch <it>"
    assert page.all("//input[@id='owner_email']/@aria-invalid") == ["true"]
    assert door.messages.said == []


async def test_only_what_was_changed_in_the_form_is_changed(door: Door) -> None:
    async with Browser(door) as browser:
        form = (await browser.open(ONE)).form(ONE)
        answer = await browser.send(ONE, {**form, "priority": "p0", "tracker_url": ""})
    assert answer.answer.headers["location"] == f"{PATH}?said=item-changed#tracked-items"
    assert changed(door) == {"base_version": 1, "priority": "p0", "tracker_url": ""}


async def test_what_will_not_be_done_takes_its_reason_and_nothing_else_does(door: Door) -> None:
    async with Browser(door) as browser:
        form = (await browser.open(ONE)).form(ONE)
        await browser.send(ONE, {**form, "state": "wont_do", "reason": "The pool is gone."})
        assert changed(door) == {"base_version": 1, "state": "wont_do", "reason": "The pool is gone."}
        form = (await browser.open(ONE)).form(ONE)
        await browser.send(ONE, {**form, "state": "done", "reason": "left over"})
        assert changed(door) == {"base_version": 1, "state": "done"}


async def test_a_change_that_came_between_is_neither_undone_nor_does_it_undo_what_was_typed(door: Door) -> None:
    async with Browser(door) as browser:
        form = (await browser.open(ONE)).form(ONE)
        newer = ITEM.model_copy(update={"version": 2, "priority": "p3", "text": "Their words"})
        await put(door, ActionItemChanged(postmortem_id=PM, item=newer))
        done, door.messages.reply = door.messages.reply, STALE
        page = await browser.send(ONE, {**form, "text": "My words"})
        assert changed(door) == {"base_version": 1, "text": "My words"}
        assert page.status == 412
        assert "Somebody else has changed it" in page.text()
        again = page.form(ONE)
        assert (again["text"], again["priority"], again["was_text"]) == ("My words", "p3", "Their words")
        door.messages.reply = done
        await browser.send(ONE, again)
    assert changed(door) == {"base_version": 2, "text": "My words"}


async def test_a_button_says_that_it_is_done(door: Door) -> None:
    async with Browser(door) as browser:
        answer = await browser.send(f"{ONE}/state", {"state": "done"})
        assert answer.answer.headers["location"] == f"{PATH}?said=item-changed#tracked-items"
        assert changed(door)["state"] == "done"
        assert (await browser.send(f"{ONE}/state", {"state": "lost"})).status == 422


async def test_an_item_that_there_is_not_is_a_page_that_says_so(door: Door) -> None:
    async with Browser(door) as browser:
        assert (await browser.open(f"{PATH}/action-items/{PM}")).status == 404
