"""What stands on the reading page beside the text: action items, meeting, copies, mails, what is related."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.contracts.base import derived_id, postmortem_id
from shared.contracts.decision import Reply
from shared.contracts.events import ActionItemAdded
from shared.contracts.meeting_notes import MeetingNotesTaken
from shared.contracts.values import Attendee
from tests.helpers.builders import NOW, PM, an_item
from tests.helpers.front_door import Door
from tests.helpers.reading import ENGINEER, a_meeting, a_publication, a_revision, put
from tests.unit.gateway.pages.test_reading import PATH, seen, words


async def test_action_items_are_listed_what_is_open_first_with_what_can_be_done() -> None:
    door = Door()
    late, done = an_item(id=derived_id("a"), due=NOW - timedelta(days=1)), an_item(id=derived_id("b"), state="done")
    added = [ActionItemAdded(postmortem_id=PM, item=each) for each in (done, late)]
    await put(door, a_revision(1), *added)
    page = await seen(door)
    first, second = page.all("//section[@id='tracked-items']//li")
    assert "overdue" in first.text_content()
    assert "overdue" not in second.text_content()
    assert [each.get("value") for each in first.xpath(".//button")] == ["in_progress", "done"]
    assert [each.get("value") for each in second.xpath(".//button")] == ["open"]


async def test_whoever_is_not_invited_to_the_meeting_can_join_and_the_others_can_leave() -> None:
    door = Door()
    await put(door, a_revision(1), a_meeting())
    page = await seen(door)
    assert "2026-03-04 12:00 UTC to 2026-03-04 13:00 UTC scheduled" in page.text("//section[@id='the-meeting']")
    assert page.form(f"{PATH}/meeting/join")["back"] == f"{PATH}#the-meeting"
    assert f"{PATH}/meeting.ics" in page.links()
    await put(door, a_meeting(sequence=2, attendees=(Attendee(name="E", email="engineer@example.com"),)))
    page = await seen(door)
    assert page.form(f"{PATH}/meeting/leave")
    assert not page.all("//form[contains(@action, 'join')]")


async def test_a_meeting_that_is_over_shows_its_notes_and_no_way_to_join() -> None:
    door = Door()
    notes = MeetingNotesTaken(postmortem_id=PM, notes="We **agreed**.", by=ENGINEER, at=NOW, version=1)
    await put(door, a_revision(1), a_meeting(status="ended"), notes)
    page = await seen(door)
    assert page.text("//section[@id='the-meeting']//strong[contains(., 'agreed')]") == "agreed"
    assert not page.all("//form[contains(@action, 'meeting')]")


@pytest.mark.parametrize(
    ("format", "kind"), [("md", "text/markdown"), ("html", "text/html"), ("json", "application/json")]
)
async def test_copies_are_given_to_a_session_without_a_key(format: str, kind: str) -> None:
    door = Door()
    await put(door, a_revision(1))
    page = await seen(door, f"{PATH}/export?format={format}")
    assert page.answer.headers["content-type"].startswith(kind)
    assert page.answer.headers["content-disposition"] == f'attachment; filename="checkout-answers-slowly-r1.{format}"'
    assert f"{PATH}/export?format={format}" in (await seen(door)).links()


async def test_where_it_was_mailed_is_shown_page_by_page() -> None:
    mail = {"recipient": "a@example.com", "list": "eng", "revision": 1, "state": "failed", "attempts": 3}
    told = {
        "revision": 1,
        "counts": {"accepted": 39, "failed": 1, "unknown": 0, "suppressed": 0, "pending": 0},
        "percent": 100,
        "deliveries": [{**mail, "message_id": "<1@x>", "reply": "550 <no>", "updated_at": "2026-03-05T15:00:02Z"}],
        "more": True,
    }
    door = Door()
    door.messages.reply = Reply(data=told)
    await put(door, draft := a_revision(1), a_publication(draft))
    assert f"{PATH}/deliveries" in (await seen(door)).links()
    page = await seen(door, f"{PATH}/deliveries?state=failed")
    assert "a@example.com eng 1 failed 3 550 <no>" in words(page, "//tbody/tr")
    assert any(link.startswith(f"{PATH}/deliveries?state=failed&cursor=") for link in page.links())


async def test_where_it_was_mailed_says_when_its_room_is_away() -> None:
    door = Door()
    door.messages.reply = None
    await put(door, draft := a_revision(1), a_publication(draft))
    page = await seen(door, f"{PATH}/deliveries")
    assert (page.status, "does not answer" in page.text()) == (503, True)


async def test_related_postmortems_say_why_and_what_is_restricted_is_none_of_them() -> None:
    door = Door()
    text = {"overview": "The connection pool of the database ran dry.\n"}
    await put(door, a_revision(1, report=text))
    like, hidden = postmortem_id("x", "like"), postmortem_id("x", "hidden")
    await put(door, a_revision(1, postmortem_id=like, title="Orders stood still", report=text))
    await put(door, a_revision(1, postmortem_id=hidden, report=text, restricted=True, access=1))
    page = await seen(door, role="reviewer")
    assert f"/postmortems/{like}" in page.links()
    assert f"/postmortems/{hidden}" not in page.links()
    told = page.text("//section[@id='related-postmortems']//li")
    assert "connection pool" in told
    assert "same service checkout" in told
