"""Seals over the log: whatever is changed behind them is found, and what is right is not accused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deploy.local.errors import LocalError
from deploy.operate.audit import comparing, sealing
from deploy.operate.audit.sealing import Verdict
from deploy.operate.audit.seals import Seal, framed, leaf
from deploy.operate.log_parts import Entry
from shared.clock import Clock
from shared.testing import FixedClock
from tests.helpers.auditing import FakeChain, FakeLog, an_entry
from tests.helpers.builders import NOW

N = 12
CLOCK: Clock = FixedClock(NOW)


def sealed(entries: Sequence[Entry], *cuts: int) -> FakeChain:
    """Seal entries, as many at a time as the cuts say."""
    chain = FakeChain()
    for cut in (*cuts, len(entries)):
        asyncio.run(sealing.seal(FakeLog(entries[:cut]), chain, CLOCK))
    return chain


def verdict(entries: Sequence[Entry], chain: FakeChain, kept: str | None = None) -> Verdict:
    """Verify a log."""
    return asyncio.run(sealing.verify(FakeLog(entries), chain, kept))


ENTRIES = [an_entry(n) for n in range(N)]
CHAIN = sealed(ENTRIES, 5, 6)
FLIPS: dict[str, Callable[[Entry], Entry]] = {
    "body": lambda entry: entry._replace(body=entry.body + b" "),
    "name": lambda entry: entry._replace(name="MeetingEnded.v2"),
    "exchange": lambda entry: entry._replace(exchange="afterword.incidents"),
    **{
        header: lambda entry, header=header: entry._replace(headers={**entry.headers, header: "another"})  # type: ignore[misc]
        for header in ("ce-id", "ce-type", "ce-source", "ce-subject", "ce-time")
    },
}


def test_what_nobody_changed_is_as_it_was_sealed() -> None:
    found = verdict([*ENTRIES, an_entry(N)], CHAIN, CHAIN.content[0].digest)
    assert found.is_good(cut=False)
    assert (found.compared.fitting, found.compared.unsealed, found.compared.gone) == (N, 1, 0)
    assert [(seal.number, seal.first, seal.count) for seal in CHAIN.content] == [(1, 0, 5), (2, 5, 1), (3, 6, 6)]
    assert found.kept == CHAIN.content[0]


@pytest.mark.parametrize("flip", FLIPS)
@given(at=st.integers(0, N - 1))
def test_whatever_of_a_message_is_altered_is_found_and_named(flip: str, at: int) -> None:
    found = verdict([*ENTRIES[:at], FLIPS[flip](ENTRIES[at]), *ENTRIES[at + 1 :]], CHAIN)
    (fault,) = found.compared.faults
    assert (fault.entry, fault.place, found.is_good(cut=True)) == (at, at, False)
    seal = CHAIN.content[fault.seal - 1]
    assert seal.first <= at < seal.first + seal.count
    assert found.compared.fitting == N - 1


@given(at=st.integers(0, N - 1), byte=st.integers(0, 6), bit=st.integers(0, 7))
def test_any_bit_of_a_body_counts(at: int, byte: int, bit: int) -> None:
    body = bytearray(ENTRIES[at].body)
    body[byte] ^= 1 << bit
    found = verdict([*ENTRIES[:at], ENTRIES[at]._replace(body=bytes(body)), *ENTRIES[at + 1 :]], CHAIN)
    assert not found.is_good(cut=True)


@given(at=st.integers(1, N - 1), number=st.integers(1, 3))
def test_what_was_dropped_is_missed_where_it_was(at: int, number: int) -> None:
    gone = ENTRIES[at : at + number]
    found = verdict([*ENTRIES[:at], *ENTRIES[at + number :]], CHAIN)
    assert (found.compared.differing, found.compared.fitting) == (len(gone), N - len(gone))
    assert found.compared.faults[0].entry == at
    assert not found.is_good(cut=True)


@given(at=st.integers(0, N - 1))
def test_what_was_put_in_between_is_found(at: int) -> None:
    found = verdict([*ENTRIES[:at], an_entry(99), *ENTRIES[at:]], CHAIN)
    (fault,) = found.compared.faults
    assert ("m-99" in fault.what, fault.place, found.compared.fitting) == (True, 99, N)


@given(pair=st.lists(st.integers(0, N - 1), min_size=2, max_size=2, unique=True))
def test_messages_in_another_order_are_found(pair: list[int]) -> None:
    entries = list(ENTRIES)
    entries[pair[0]], entries[pair[1]] = entries[pair[1]], entries[pair[0]]
    assert not verdict(entries, CHAIN).is_good(cut=True)


@given(st.permutations(range(N)), st.sets(st.integers(0, N - 1)), st.booleans())
@example([10, 11, 8, 7, 6, 5, 9, 0, 1, 2, 3, 4], {0, 1, 2, 3, 4}, False)
@example(list(range(N)), set(range(7)), True)
@example(list(range(N)), set(range(N - 1)), True)
def test_no_other_log_passes_for_this_one(order: list[int], dropped: set[int], twice: bool) -> None:
    entries = [ENTRIES[n] for n in order if n not in dropped]
    is_there = bool(entries) and entries == ENTRIES[len(dropped) :]
    log = [*entries, *([ENTRIES[0]] if twice else [])]  # at the end: said again since
    found = verdict(log, CHAIN)
    assert found.is_good(cut=False) == (is_there and not dropped)
    assert found.is_good(cut=True) or not is_there
    assert not found.is_good(cut=True) or any(log[: N - gone] == ENTRIES[gone:] for gone in range(N))


def test_a_front_that_is_gone_is_told_and_no_fault_where_the_log_forgets() -> None:
    found = verdict(ENTRIES[7:], CHAIN)
    assert (found.compared.gone, found.compared.fitting, found.compared.faults) == (7, 5, [])
    assert (found.is_good(cut=False), found.is_good(cut=True)) == (False, True)


def test_a_front_that_was_put_behind_the_rest_is_not_one_that_is_gone() -> None:
    assert not verdict([*ENTRIES[10:], *ENTRIES[:10]], CHAIN).is_good(cut=True)


def test_a_message_that_was_said_twice_is_sealed_twice() -> None:
    entries = [an_entry(0), an_entry(1), an_entry(1)._replace(place=2), an_entry(3)]
    chain = sealed(entries, 3)
    assert verdict(entries, chain).is_good(cut=False)
    assert verdict([entries[0], entries[1], entries[3]], chain).compared.differing == 1


def test_a_log_at_other_places_is_the_same_and_sealing_goes_on_behind_it() -> None:
    moved = [entry._replace(place=entry.place * 3 + 40) for entry in [*ENTRIES, an_entry(N)]]
    chain = sealed(ENTRIES, 5)
    assert asyncio.run(sealing.seal(FakeLog(moved), chain, CLOCK)) == 1
    assert verdict(moved, chain).is_good(cut=False)
    assert (chain.content[-1].first, chain.content[-1].begin) == (N, moved[-1].place)


def test_more_is_missing_than_is_looked_through_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "WINDOW", 3)
    found = verdict([*ENTRIES[:2], *ENTRIES[9:]], CHAIN)
    assert (found.compared.differing, found.compared.fitting) == (7, 5)
    strange = [an_entry(n) for n in range(50, 60)]
    assert not verdict([*ENTRIES[:2], *strange, *ENTRIES[2:]], CHAIN).is_good(cut=True)


def test_a_log_that_was_lost_is_sealed_again_only_when_somebody_says_so() -> None:
    chain, other = sealed(ENTRIES), [an_entry(n) for n in range(30, 33)]
    old = chain.content[-1].digest
    with pytest.raises(LocalError, match="--anew"):
        asyncio.run(sealing.seal(FakeLog(other), chain, CLOCK))
    assert not verdict(other, chain).is_good(cut=True)
    asyncio.run(sealing.seal(FakeLog(other), chain, CLOCK, "its node died"))
    found = verdict(other, chain)
    assert found.is_good(cut=False)
    assert [seal.why for seal in found.anew] == ["its node died"]
    (told,) = verdict(other, chain, old).broken
    assert "began anew (its node died)" in told


SEALS = CHAIN.content
FORGERIES: dict[str, Callable[[], list[Seal]]] = {
    "one is gone": lambda: [SEALS[0], SEALS[2]],
    "the last digests are gone": lambda: [*SEALS[:2], SEALS[2].model_copy(update={"leaves": b"", "salt": b""})],
    "the time is another": lambda: [SEALS[0].model_copy(update={"at": NOW + timedelta(days=1)}), *SEALS[1:]],
    "a count is another": lambda: [SEALS[0].model_copy(update={"count": 4}), *SEALS[1:]],
    "a digest is another": lambda: [SEALS[0], SEALS[1].model_copy(update={"leaves": SEALS[1].leaves[::-1]}), SEALS[2]],
    "a seal is another": lambda: [SEALS[0], SEALS[1].model_copy(update={"count": 2}).finished(), SEALS[2]],
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_seals_that_were_changed_are_found(forgery: str) -> None:
    chain = FakeChain()
    chain.content = FORGERIES[forgery]()
    assert verdict(ENTRIES, chain).broken


def test_a_whole_chain_made_anew_over_another_log_is_found_by_a_head_that_was_kept() -> None:
    other = [*ENTRIES[:4], *ENTRIES[5:]]
    forged = sealed(other, 5, 6)
    assert verdict(other, forged).is_good(cut=False)
    (told,) = verdict(other, forged, SEALS[-1].digest[:16]).broken
    assert "no seal has the head" in told


def test_seals_stand_on_each_other() -> None:
    assert all(later.previous == earlier.digest for earlier, later in pairwise(SEALS))


def test_nobody_tries_out_what_the_log_said_without_the_salt() -> None:
    chain = sealed(ENTRIES)
    chain.close_before(2)
    assert (chain.content[0].salt, chain.content[0].leaves, chain.content[0].is_whole()) == (b"", b"", True)
    assert leaf(ENTRIES[0], b"1" * 32) != leaf(ENTRIES[0], b"2" * 32)


@given(st.lists(st.binary(max_size=5), max_size=4), st.lists(st.binary(max_size=5), max_size=4))
def test_parts_cannot_be_taken_for_others(one: list[bytes], other: list[bytes]) -> None:
    assert (framed(one) == framed(other)) == (one == other)


def test_nothing_can_be_verified_before_something_is_sealed() -> None:
    with pytest.raises(LocalError, match="nothing is sealed yet"):
        verdict(ENTRIES, FakeChain())
