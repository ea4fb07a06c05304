"""Publications that are remembered: never older than when it was looked last, and few."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from services.distribution.adapters.remembering import KEPT, Remembered
from services.distribution.domain import Publication


class Store:
    """Publications whose number of words is their version."""

    def __init__(self) -> None:
        self.at: dict[str, int] = {}
        self.reads: list[str] = []
        self.gate: asyncio.Event | None = None

    async def newer(self, known: Mapping[str, int]) -> Mapping[str, tuple[int, Publication]]:
        found = {key: self.at[key] for key, version in known.items() if self.at.get(key, 0) > version}
        self.reads.extend(found)
        made = {key: (at, self.made(key)) for key, at in found.items()}
        if self.gate:
            await self.gate.wait()
        return made

    async def read(self, key: str) -> Publication | None:
        self.reads.append(key)
        return self.made(key) if key in self.at else None

    def made(self, key: str) -> Publication:
        return Publication(newest_revision=self.at[key])


def remembered(store: Store) -> Remembered:
    return Remembered(read=store.read, newer=store.newer)


async def version_of(known: Remembered, key: str) -> int | None:
    found = await known.of(key)
    return found.newest_revision if found else None


async def test_what_has_not_changed_is_read_once_and_what_has_is_read_again() -> None:
    store = Store()
    store.at = {"a": 1, "b": 1}
    known = remembered(store)
    for _ in range(3):
        await known.look(["a", "b"])
        assert [await version_of(known, key) for key in "ab"] == [1, 1]
    store.at["a"] = 2
    await known.look(["a", "b"])
    assert [await version_of(known, key) for key in "ab"] == [2, 1]
    assert sorted(store.reads) == ["a", "a", "b"]


async def test_what_there_is_none_of_is_asked_for_each_time() -> None:
    store = Store()
    known = remembered(store)
    await known.look(["a"])
    assert await version_of(known, "a") is None
    store.at["a"] = 1
    assert await version_of(known, "a") == 1


async def test_no_more_than_a_few_are_kept_the_newest_of_them() -> None:
    store = Store()
    store.at = {str(n): 1 for n in range(KEPT + 5)}
    known = remembered(store)
    for key in store.at:
        await known.look([key])
    store.reads.clear()
    assert [await version_of(known, key) for key in ("0", str(KEPT + 4))] == [1, 1]
    assert store.reads == ["0"]


async def test_a_slow_reader_does_not_put_an_old_state_over_a_newer_one() -> None:
    store = Store()
    store.at, store.gate = {"a": 1}, asyncio.Event()
    known = remembered(store)
    slow = asyncio.create_task(known.look(["a"]))
    while not store.reads:
        await asyncio.sleep(0)
    gate, store.gate, store.at["a"] = store.gate, None, 2
    await known.look(["a"])
    gate.set()
    await slow
    assert await version_of(known, "a") == 2
