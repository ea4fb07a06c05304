"""Who waits for a fact is woken by the process that puts it in, and is told nothing of what it cannot know."""

from __future__ import annotations

import asyncio

from services.gateway.store.heard import REMEMBERED, Heard


async def test_what_was_put_in_before_is_known_at_once() -> None:
    heard = Heard()
    heard.note("a")
    heard.note("b")
    assert await heard.all_within(["a", "b"], 60.0)


async def test_whoever_waits_is_woken_by_the_last_fact() -> None:
    heard = Heard()
    waiting = [asyncio.create_task(heard.all_within(["a", "b"], 60.0)) for _ in range(2)]
    await asyncio.sleep(0)
    heard.note("b")
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    heard.note("a")
    assert await asyncio.gather(*waiting) == [True, True]


async def test_what_is_not_put_in_here_is_no_answer() -> None:
    assert not await Heard().all_within(["elsewhere"], 0.0)


async def test_who_gave_up_leaves_nothing_behind() -> None:
    heard = Heard()
    assert not await heard.all_within(["late"], 0.0)
    heard.note("late")
    assert await heard.all_within(["late"], 60.0)


async def test_only_the_newest_facts_are_remembered() -> None:
    heard = Heard()
    for number in range(REMEMBERED + 1):
        heard.note(str(number))
    assert not await heard.all_within(["0"], 0.0)
    assert await heard.all_within(["1", str(REMEMBERED)], 60.0)
