"""What happens, live: who watches is told everything once, in order, and nothing that is not for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.watching import KEPT_FOR, Noted, Watched
from services.gateway.handlers.hub import AT_ONCE, REMEMBERED
from shared.contracts.base import postmortem_id
from shared.contracts.events import DraftCreated, DraftRevised, MeetingEnded
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem
from tests.helpers.watching import Item, hear, items, listening

OTHER = postmortem_id("x", "other")
ENDED = MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW)
SECRET = a_draft(DraftCreated, restricted=True, readers=("reviewer@example.com",))


async def hear_many(door: Door, n: int) -> None:
    await hear(door.deps, a_draft(DraftCreated), *[ENDED] * n)


@asynccontextmanager
async def watched(
    door: Door, path: str = "/v1/events", role: str = "engineer", last: str | None = None
) -> AsyncIterator[AsyncIterator[Item]]:
    """A stream that is looked after as in a running gateway; its blocks, the opening left out."""
    headers = {"Authorization": f"Bearer key-{role}", **({"Last-Event-ID": last} if last else {})}
    async with asyncio.TaskGroup() as group, listening(door.app, path, headers) as line:
        assert (line.status, line.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        looking = group.create_task(look(door))
        async with asyncio.timeout(10), aclosing(items(line.lines())) as found:  # type: ignore[type-var]
            yield found
        looking.cancel()


async def look(door: Door) -> None:
    while True:
        await door.hub.look()
        await asyncio.sleep(0)


async def take(found: AsyncIterator[Item], n: int) -> list[Item]:
    return [await anext(found) for _ in range(n)]


async def test_an_item_tells_what_happened_to_which_postmortem_and_no_text() -> None:
    door = Door()
    async with watched(door) as found:
        first = await anext(found)
        await hear(door.deps, a_draft(DraftCreated))
        (item,) = await take(found, 1)
    assert (first.event, first.data) == (None, None)
    assert item.event == "DraftCreated.v1"
    assert item.data == {
        "id": item.id,
        "name": "DraftCreated.v1",
        "time": "2026-03-02T12:00:00Z",
        "postmortem_id": PM,
        "title": "Checkout answers slowly",
        "status": "draft",
        "severity": "sev2",
        "revision": 1,
        "links": {"self": f"https://afterword.example.com/v1/postmortems/{PM}"},
    }


async def test_who_was_told_nothing_yet_goes_on_from_the_opening() -> None:
    door = Door()
    async with watched(door) as found:
        begun = await anext(found)
    await hear(door.deps, a_draft(DraftCreated))
    async with watched(door, last=begun.id) as found:
        assert [item.event for item in (await take(found, 2))[1:]] == ["DraftCreated.v1"]
    async with watched(door) as found:
        begun = await anext(found)
    await hear(door.deps, ENDED, since=1)
    async with watched(door, last=begun.id) as found:
        assert [item.event for item in (await take(found, 2))[1:]] == ["MeetingEnded.v1"]


@pytest.mark.parametrize("n", [3, AT_ONCE * 2 + 1, REMEMBERED + AT_ONCE])
async def test_whoever_comes_back_with_the_last_id_misses_nothing_and_hears_nothing_twice(n: int) -> None:
    door, seen = Door(), list[Item]()
    async with watched(door) as kept:
        await anext(kept)
        await hear_many(door, n)
        whole = [item.id for item in await take(kept, n + 1)]
        for step in (1, 2, n):
            last = seen[-1].id if seen else None
            headers = "header" if step == 2 else "query"
            path = f"/v1/events?last_event_id={last or whole[0]}" if headers == "query" else "/v1/events"
            async with watched(door, path, last=last) as found:
                await anext(found)
                seen += await take(found, min(step, n - len(seen)))
    assert [item.id for item in seen] == whole[1:]


async def test_the_header_counts_before_the_address_that_a_browser_keeps() -> None:
    door = Door()
    await hear_many(door, 2)
    ids = [item.id for item in door.feed.items]
    async with watched(door, f"/v1/events?last_event_id={ids[0]}", last=ids[1]) as found:
        assert (await take(found, 2))[1].id == ids[2]


@pytest.mark.parametrize("foreign", ["x", "7f0c2a9e-5d0b-5c53-9a57-0b5f4c526d3c", "ü" * 5])
async def test_a_place_that_nobody_knows_is_told_at_once_and_the_stream_goes_on_from_now(foreign: str) -> None:
    door = Door()
    await hear(door.deps, a_draft(DraftCreated))
    async with watched(door, f"/v1/events?last_event_id={foreign}") as found:
        begun = await anext(found)
        assert (begun.event, begun.id) == ("reset", door.feed.items[-1].id)
        assert begun.data
        assert begun.data["links"] == {"postmortems": "https://afterword.example.com/v1/postmortems"}
        await hear(door.deps, ENDED, since=1)
        assert (await anext(found)).event == "MeetingEnded.v1"


async def test_a_place_that_is_too_old_is_known_no_more() -> None:
    door = Door()
    await hear(door.deps, a_draft(DraftCreated))
    door.clock.advance(KEPT_FOR)
    async with watched(door, last=door.feed.items[0].id) as found:
        assert (await anext(found)).event == "reset"


async def test_a_restricted_postmortem_is_told_to_those_who_are_named_alone() -> None:
    door = Door()
    async with watched(door, role="reviewer") as named, watched(door, role="admin") as admin:
        await anext(named)
        await anext(admin)
        await hear(door.deps, SECRET, a_draft(DraftCreated, postmortem_id=OTHER))
        assert [item.data and item.data["postmortem_id"] for item in await take(named, 2)] == [PM, OTHER]
        assert [item.data and item.data["postmortem_id"] for item in await take(admin, 1)] == [OTHER]


async def test_what_was_open_when_it_happened_is_not_told_once_it_is_restricted() -> None:
    door = Door()
    await hear(door.deps, a_draft(DraftCreated, postmortem_id=OTHER), a_draft(DraftCreated))
    hidden = a_draft(DraftRevised, revision=2, restricted=True, status="draft", revised_at=NOW, revised_by="a")
    await hear(door.deps, hidden, a_draft(DraftCreated, postmortem_id=postmortem_id("x", "last")), since=2)
    async with watched(door, last=door.feed.items[0].id) as found:
        assert (await take(found, 2))[1].id == door.feed.items[-1].id


async def test_only_what_was_asked_for_is_told() -> None:
    door = Door()
    await hear(door.deps, a_draft(DraftCreated, postmortem_id=OTHER))
    begin = door.feed.items[0].id
    await hear(door.deps, a_draft(DraftCreated), ENDED, ENDED, since=1)
    path = f"/v1/events?last_event_id={begin}&postmortem_id={PM}&name=MeetingEnded.v1&name=Published.v1"
    async with watched(door, path) as found:
        assert [item.event for item in await take(found, 3)][1:] == ["MeetingEnded.v1"] * 2


@pytest.mark.parametrize(("wrong", "field"), [("name=Nothing.v1", "name.0"), ("postmortem_id=x", "postmortem_id")])
async def test_a_wrong_filter_is_named(wrong: str, field: str) -> None:
    assert is_problem(await Door().send("GET", f"/v1/events?{wrong}"), 422, "invalid-field", field)


async def test_tools_and_strangers_do_not_watch() -> None:
    assert is_problem(await Door().send("GET", "/v1/events", role="tool"), 403, "role-needed")
    assert is_problem(await Door().send("GET", "/v1/events", role=None), 401, "no-valid-key", "Authorization")


async def test_streams_are_not_compressed_and_not_kept_by_proxies_and_head_does_not_begin_one() -> None:
    door = Door()
    headers = {"Authorization": "Bearer key-engineer", "Accept-Encoding": "gzip"}
    async with listening(door.app, "/v1/events", headers) as line:
        assert "content-encoding" not in line.headers
        assert (line.headers["x-accel-buffering"], line.headers["cache-control"]) == ("no", "no-store")
    head = await door.send("HEAD", "/v1/events")
    assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


async def test_all_streams_end_cleanly_when_the_gateway_stops() -> None:
    door = Door()
    async with watched(door) as one, watched(door) as other:
        await anext(one)
        await anext(other)
        door.hub.close()
        assert [item async for item in one] == [item async for item in other] == []
    assert door.hub.watching == 0


async def test_nobody_more_watches_than_there_is_room_for() -> None:
    door = Door()
    door.hub.watching = 1000
    answer = await door.send("GET", "/v1/events")
    assert is_problem(answer, 503, "too-many-watching")
    assert answer.headers["Retry-After"] == "30"


NAMES = st.sampled_from(["DraftCreated.v1", "Published.v1"])


@given(st.none() | st.sampled_from([PM, OTHER]), st.frozensets(NAMES), st.sampled_from([PM, OTHER]), NAMES)
def test_an_item_is_wanted_when_every_filter_given_lets_it_through(
    wanted: str | None, names: frozenset[str], id: str, name: str
) -> None:
    item = Noted(id="1", name=name, time=NOW, postmortem_id=id, title="", status="draft", severity="sev1", revision=1)
    expected = (wanted is None or wanted == id) and (not names or name in names)
    assert Watched(postmortem_id=wanted, names=names).wants(item) is expected
