"""Many calls made as one: who waits for what, who hears of which error."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from shared.batching import BEGAN, Batcher, until_beat


class Doubling:
    """A call that takes as long as it is told to, and keeps what it was asked."""

    def __init__(self, limit: int = 100) -> None:
        self.calls: list[list[int]] = []
        self.go_on = asyncio.Event()
        self.factor = 2
        self.batcher: Batcher[int, int] = Batcher(self.call, limit)

    async def call(self, questions: Sequence[int]) -> Sequence[int | Exception]:
        self.calls.append(list(questions))
        factor = self.factor
        await self.go_on.wait()
        if 13 in questions:
            raise ConnectionError("the server is away")
        return [ValueError(str(n)) if n < 0 else factor * n for n in questions]

    async def asked(self, *questions: int) -> list[asyncio.Task[int]]:
        tasks = [asyncio.create_task(self.batcher.ask(n)) for n in questions]
        for _ in range(3):
            await asyncio.sleep(0)
        return tasks


async def test_a_lone_question_is_asked_at_once() -> None:
    doubling = Doubling()
    (asked,) = await doubling.asked(1)
    assert doubling.calls == [[1]]
    doubling.go_on.set()
    assert await asked == 2
    assert await doubling.batcher.ask(3) == 6
    assert doubling.calls == [[1], [3]]


async def test_what_is_asked_while_a_call_is_on_its_way_goes_together_in_the_next() -> None:
    doubling = Doubling()
    first = await doubling.asked(1)
    later = await doubling.asked(4, 2, 3, 4)
    assert doubling.calls == [[1]]
    doubling.go_on.set()
    assert await asyncio.gather(*first, *later) == [2, 8, 4, 6, 8]
    assert doubling.calls == [[1], [4, 2, 3, 4]]


async def test_an_answer_is_never_older_than_its_question() -> None:
    doubling = Doubling()
    (before,) = await doubling.asked(1)
    doubling.factor = 10
    (after,) = await doubling.asked(1)
    doubling.go_on.set()
    assert (await before, await after) == (2, 10)


async def test_a_call_gets_no_more_questions_than_it_may() -> None:
    doubling = Doubling(limit=2)
    asked = await doubling.asked(0)
    asked += await doubling.asked(1, 2, 3, 4, 5)
    doubling.go_on.set()
    assert await asyncio.gather(*asked) == [0, 2, 4, 6, 8, 10]
    assert doubling.calls == [[0], [1, 2], [3, 4], [5]]


async def test_an_error_of_the_call_reaches_everybody_in_it_and_nobody_else() -> None:
    doubling = Doubling()
    before = await doubling.asked(1)
    among = await doubling.asked(2, 13, 3)
    doubling.go_on.set()
    assert await asyncio.gather(*before) == [2]
    assert [type(e) for e in await asyncio.gather(*among, return_exceptions=True)] == [ConnectionError] * 3
    assert await doubling.batcher.ask(5) == 10


async def test_an_error_in_an_answer_reaches_only_who_asked() -> None:
    doubling = Doubling()
    asked = await doubling.asked(1, -2, 3)
    doubling.go_on.set()
    one, two, three = await asyncio.gather(*asked, return_exceptions=True)
    assert (one, type(two), three) == (2, ValueError, 6)


async def test_too_few_answers_are_an_error_for_all() -> None:
    async def answer_one(_: Sequence[int]) -> Sequence[int]:
        return [1]

    batcher: Batcher[int, int] = Batcher(answer_one)
    asked = await asyncio.gather(batcher.ask(1), batcher.ask(2), return_exceptions=True)
    assert isinstance(asked[1], ValueError)


async def test_who_gives_up_in_the_middle_of_a_call_harms_nobody_else() -> None:
    doubling = Doubling()
    one, two, three = await doubling.asked(1, 2, 3)
    two.cancel()
    doubling.go_on.set()
    assert (await one, await three) == (2, 6)
    assert two.cancelled()


async def test_who_gives_up_before_the_call_is_not_asked_for() -> None:
    doubling = Doubling()
    await doubling.asked(1)
    two, three = await doubling.asked(2, 3)
    two.cancel()
    doubling.go_on.set()
    assert await three == 6
    assert doubling.calls == [[1], [3]]


async def test_when_the_call_itself_is_cancelled_nobody_is_left_waiting() -> None:
    doubling = Doubling()
    (asked,) = await doubling.asked(1)
    assert doubling.batcher._asking
    doubling.batcher._asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    doubling.go_on.set()
    assert await doubling.batcher.ask(2) == 4


@pytest.mark.parametrize("seed", range(20))
async def test_whoever_asks_and_gives_up_whenever_everybody_gets_the_own_answer(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311

    async def slow(questions: Sequence[int]) -> Sequence[int | Exception]:
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        return [ValueError(str(n)) if n % 7 == 0 else n for n in questions]

    batcher = Batcher(slow, limit=5)
    asked = {}
    for n in range(200):
        asked[n] = asyncio.create_task(batcher.ask(n))
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
        if chance.random() < 0.3:
            asked[chance.randrange(n + 1)].cancel()
    async with asyncio.timeout(10):
        await asyncio.wait(asked.values())
    for n, task in asked.items():
        if not task.cancelled():
            error = task.exception()
            assert str(error) == str(n) if n % 7 == 0 else task.result() == n


async def test_one_that_lingers_takes_along_who_asks_a_moment_later() -> None:
    calls: list[Sequence[int]] = []

    async def call(questions: Sequence[int]) -> Sequence[int]:
        calls.append(questions)
        return questions

    lingering: Batcher[int, int] = Batcher(call, linger=0.2)

    async def later(question: int) -> int:
        await asyncio.sleep(0.001 * question)
        return await lingering.ask(question)

    assert await asyncio.gather(*map(later, (1, 2, 3))) == [1, 2, 3]
    assert calls == [[1, 2, 3]]


@pytest.mark.parametrize("seconds", [0.25, 1.0, 30.0])
def test_who_rests_for_the_same_time_wakes_at_the_same_beat(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = [BEGAN]
    monkeypatch.setattr("shared.batching.time.monotonic", lambda: now[0])
    beats = {0.0: 1, 0.1: 1, 0.4: 1, 0.6: 2, 0.9: 2, 1.0: 2, 7.3: 8}
    for past, beat in beats.items():
        now[0] = BEGAN + past * seconds
        rest = until_beat(seconds)
        assert seconds / 2 - 1e-6 <= rest <= 1.5 * seconds
        assert now[0] + rest == pytest.approx(BEGAN + beat * seconds)
