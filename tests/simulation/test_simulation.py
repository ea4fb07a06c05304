"""The kernel in a world where everything fails: ten thousand histories, each replayable from its seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.simulation.faults import BROKER_FAULTS, FAULTY
from tests.simulation.history import history, simulated
from tests.simulation.words import FIRST, SECOND

HISTORIES = 10_000
PARTS = 5
SEEDS = [range(start, start + HISTORIES // PARTS) for start in range(0, HISTORIES, HISTORIES // PARTS)]


@pytest.fixture(autouse=True)
def in_simulation() -> Iterator[None]:
    with simulated():
        yield


@pytest.mark.parametrize("seeds", SEEDS, ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_every_promise_is_kept_whatever_fails_and_whoever_dies(seeds: range) -> None:
    met = Counter[str]()
    for seed in seeds:
        one = history(seed)
        assert not one.violations, one.told()
        met.update(one.world.faults.met)
    for fault in (*(fate.name for fate in FAULTY), *BROKER_FAULTS):
        assert met[fault] > 0, f"no history has met: {fault}"


def test_one_seed_is_one_history() -> None:
    for seed in range(20):
        assert history(seed).told() == history(seed).told()


def test_two_seeds_are_two_histories() -> None:
    assert len({history(seed).world.record.story() for seed in range(50)}) == 50


def test_histories_are_not_empty() -> None:
    worlds = [history(seed).world for seed in range(100)]
    for room in (FIRST, SECOND):
        assert sum(bool(world.servers.documents[room].states) for world in worlds) > 90
    assert any(world.servers.broker.parked for world in worlds)
    assert any(
        b"odd-only" in reply for world in worlds for told in world.servers.broker.replies.values() for reply in told
    )
    assert sum(len(world.servers.entries) for world in worlds) > 100
    assert sum(len(state.rang) for world in worlds for state in world.servers.documents[FIRST].states.values()) > 100


def test_a_history_is_told_with_its_seed_and_what_went_wrong() -> None:
    told = next(one.told() for one in map(history, range(100)) if one.faults)
    assert "python -m tests.simulation" in told
    assert "all faults are healed" in told
