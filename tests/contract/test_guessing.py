"""A document as this process wrote it last, taken unread: in memory and in MongoDB alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.last_written import WARY_FOR
from shared.messaging.documents import Conflict, Documents
from tests.contract.things import Thing, a_change


async def test_a_guess_is_what_was_written_last_and_its_change_applies(documents: Documents[Thing]) -> None:
    await documents.write(a_change(0, 1, unsaid=("a", "b")))
    guess = documents.guess("k", "m")
    assert guess
    assert (guess.version, guess.state, guess.unsaid) == (1, Thing(n=1), frozenset({"a", "b"}))
    change = replace(a_change(1, 2, said=("a", "b"), said_all=True, unsaid=("c",)), stamp=guess.stamp)
    assert [message.id for message in await documents.write(change)] == ["c"]
    loaded, _ = await documents.read("k", "m")
    assert (loaded.version, loaded.state, loaded.unsaid) == (2, Thing(n=2), frozenset({"c"}))


async def test_there_is_one_guess_for_each_write(documents: Documents[Thing]) -> None:
    assert documents.guess("k", "m") is None
    await documents.write(a_change(0, 1))
    assert documents.guess("k", "m")
    assert documents.guess("k", "m") is None
    await documents.write(a_change(1, 2, said_all=True))
    assert documents.guess("k", "m")


async def test_nothing_is_guessed_for_the_message_that_was_handled_last(documents: Documents[Thing]) -> None:
    await documents.write(a_change(0, 1, message="m"))
    assert documents.guess("k", "m") is None


async def test_a_guess_knows_what_was_cleared_since(documents: Documents[Thing]) -> None:
    await documents.write(a_change(0, 1, unsaid=("a", "b")))
    await documents.clear({"k": {"a"}, "elsewhere": {"b"}})
    guess = documents.guess("k", "m")
    assert guess
    assert guess.unsaid == {"b"}


@pytest.mark.parametrize("said_all", [True, False])
async def test_a_message_that_was_handled_is_not_handled_again_on_a_guess(
    documents: Documents[Thing], said_all: bool
) -> None:
    await documents.write(a_change(0, 1, message="m"))
    await documents.write(a_change(1, 2, said_all=True))
    guess = documents.guess("k", "m")
    assert guess
    again = replace(a_change(2, 3, message="m", said_all=said_all), stamp=guess.stamp)
    with pytest.raises(Conflict):
        await documents.write(again)
    with pytest.raises(Conflict):
        await documents.remember(guess, again.handled)
    loaded, handled = await documents.read("k", "m")
    assert (loaded.state, handled is not None) == (Thing(n=2), True)


async def test_whoever_guessed_wrong_reads_for_a_while(documents: Documents[Thing]) -> None:
    await documents.write(a_change(0, 1, message="m"))
    await documents.write(a_change(1, 2, said_all=True))
    guess = documents.guess("k", "m")
    assert guess
    with pytest.raises(Conflict):
        await documents.write(replace(a_change(2, 3, message="m", said_all=True), stamp=guess.stamp))
    await documents.write(a_change(0, 1, key="other"))
    assert [documents.guess("other", "n") for _ in range(WARY_FOR)] == [None] * WARY_FOR
    assert documents.guess("other", "n")
