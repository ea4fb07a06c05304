"""Open pages hear that something has happened, of what their reader may see, for as long as the session lasts."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from services.gateway.handlers.pages.visitors import COOKIE
from shared.contracts.base import Message
from shared.contracts.events import DraftCreated, MeetingEnded
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser
from tests.helpers.watching import Item, hear, items, listening
from tests.unit.gateway.test_watching import OTHER, SECRET, look, take

ENDED = MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW)


async def heard_first(door: Door, browser: Browser, path: str, *facts: Message, since: int = 0) -> list[Item]:
    """What an open page is told first after these facts."""
    cookie = {"Cookie": f"{COOKIE}={browser.client.cookies[COOKIE]}"}
    async with asyncio.TaskGroup() as group, listening(door.app, path, cookie) as line:
        looking = group.create_task(look(door))
        async with asyncio.timeout(10), aclosing(items(line.lines())) as found:  # type: ignore[type-var]
            await hear(door.deps, *facts, since=since)
            _opening, *told = await take(found, 2)
        looking.cancel()
    return told


async def test_a_page_hears_that_there_is_news_and_not_what() -> None:
    door = Door()
    async with Browser(door) as browser:
        assert [each.event for each in await heard_first(door, browser, "/live", a_draft(DraftCreated))] == ["news"]


async def test_a_page_about_one_postmortem_hears_of_no_other_and_nobody_of_what_they_may_not_see() -> None:
    door = Door()
    async with Browser(door) as browser:
        other = a_draft(DraftCreated, postmortem_id=OTHER)
        await hear(door.deps, SECRET)
        (told,) = await heard_first(door, browser, f"/live?postmortem_id={OTHER}", ENDED, other, since=1)
        assert (told.event, told.data) == ("news", other.name)


async def test_who_is_not_signed_in_hears_nothing() -> None:
    async with Browser(Door(), None) as browser:
        assert (await browser.client.get("/live", headers={"Accept": "text/event-stream"})).status_code == 401


async def test_a_page_says_where_it_hears_of_news_and_how_to_see_it() -> None:
    door = Door()
    await hear(door.deps, a_draft(DraftCreated))
    async with Browser(door) as browser:
        page = await browser.open(f"/postmortems/{PM}?said=saved")
        (news,) = page.all("//*[@id='news']")
        assert news.get("data-live") == f"/live?postmortem_id={PM}"
        assert news.xpath("a/@href") == [f"/postmortems/{PM}"]
        assert news.get("hidden") is not None
