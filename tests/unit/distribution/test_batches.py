"""Postmen who take a few mails at once: what harms one harms no other, and little is held at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from services.distribution.adapters import postman as module
from services.distribution.adapters.postman import NOT_TRIED
from services.distribution.domain import Delivery, Outcome, Parcel, Result, State
from services.distribution.domain.delivery import ALONE
from tests.unit.distribution.fakes import FakeMailer, a_row, published
from tests.unit.distribution.test_postman import AWAY, RETRY, Office


class Boxes(FakeMailer):
    """A relay that remembers how many parcels it was handed at once."""

    def __init__(self, answers: list[Result] | None = None) -> None:
        super().__init__(answers or [])
        self.sizes: list[int] = []

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[tuple[Result, ...]]:
        self.sizes.append(len(parcels))
        return await super().send(parcels)


def states(office: Office) -> list[State]:
    return [row.state for row in office.ledger.kept.values()]


async def test_a_few_mails_are_handed_over_at_once_and_settled_at_once() -> None:
    office, mailer = Office(ALONE + 2), Boxes()
    settled: list[int] = []
    settle = office.ledger.settle

    async def counting(deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        settled.append(len(deliveries))
        return await settle(deliveries)

    office.ledger.settle = counting  # type: ignore[method-assign]
    await office.round(office.postman(mailer))
    assert mailer.sizes == settled == [ALONE, 2]
    assert set(states(office)) == {State.ACCEPTED}


async def test_each_gets_what_the_relay_said_of_them() -> None:
    office = Office(3)
    said = [Result(Outcome.FAILED, "550"), RETRY, Result(Outcome.ACCEPTED, "250")]
    await office.postman(FakeMailer(list(said))).send_some()
    assert states(office) == [State.FAILED, State.PENDING, State.ACCEPTED]
    assert [row.reply for row in office.ledger.kept.values()] == [each.reply for each in said]


async def test_long_mails_are_handed_over_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    office, mailer = Office(3), Boxes()
    await office.postman(mailer).send_some()
    assert [size for size in mailer.sizes if size] == [1, 1, 1]
    assert set(states(office)) == {State.ACCEPTED}


async def test_what_comes_after_a_relay_that_is_away_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    office, mailer = Office(3), Boxes([AWAY])
    await office.postman(mailer).send_some()
    assert len(mailer.mails) == 1
    assert {(row.state, row.attempts) for row in office.ledger.kept.values()} == {(State.PENDING, 0)}
    assert [row.reply for row in office.ledger.kept.values()] == [AWAY.reply, NOT_TRIED.reply, NOT_TRIED.reply]


async def test_a_row_that_breaks_the_writer_keeps_none_of_the_others_from_going_out() -> None:
    office, mailer = Office(3), FakeMailer()
    await office.ledger.add([a_row("x@example.com", id="broken", revision=7)])  # of an edition that nobody knows
    with pytest.raises(ExceptionGroup) as raised:
        await office.postman(mailer).round()
    assert raised.group_contains(LookupError)
    assert sorted(mailer.recipients()) == ["r000@example.com", "r001@example.com", "r002@example.com"]
    assert office.ledger.kept["broken"].state is State.SENDING
    assert len(office.done) == 1


async def test_a_publication_is_read_once_for_many_mails_and_again_when_it_has_changed() -> None:
    office, mailer = Office(ALONE * 2), FakeMailer()
    postman, reads = office.postman(mailer), 0
    known = postman.writer.known  # type: ignore[attr-defined]
    newer = known.newer

    async def counting(than: Mapping[str, int]) -> Mapping[str, object]:
        nonlocal reads
        found: Mapping[str, object] = await newer(than)
        reads += len(found)
        return found

    known.newer = counting
    await postman.send_some()
    assert reads == 1
    office.publication = published(restricted=True)
    assert office.publication
    circle = office.publication.circle.changed(restricted=True)
    office.publication, office.version = office.publication.changed(circle=circle), 2
    await postman.send_some()
    assert reads == 2
    assert states(office) == [State.ACCEPTED] * ALONE + [State.FAILED] * ALONE


async def test_rows_of_the_ledger_that_need_no_relay_are_settled_without_one() -> None:
    office, mailer = Office(2), Boxes()
    assert office.publication
    office.publication = office.publication.changed(circle=office.publication.circle.changed(restricted=True))
    await office.postman(mailer).send_some()
    assert set(states(office)) == {State.FAILED}
    assert mailer.mails == []


class Gate(FakeMailer):
    """A relay that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[tuple[Result, ...]]:
        self.reached.set()
        await self.opened.wait()
        return await super().send(parcels)


async def test_whoever_is_told_to_stop_finishes_what_is_on_its_way_and_takes_no_more() -> None:
    office, relay = Office(ALONE + 1), Gate()
    going = asyncio.create_task(office.postman(relay).round())
    await relay.reached.wait()
    going.cancel()
    await asyncio.sleep(0)
    relay.opened.set()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert states(office) == [State.ACCEPTED] * ALONE + [State.PENDING]
    assert relay.closed == 1


async def test_a_relay_that_never_answers_keeps_nobody_from_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LAST_S", 0)
    office, relay = Office(), Gate()
    going = asyncio.create_task(office.postman(relay).round())
    await relay.reached.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert states(office) == [State.SENDING]
    assert asyncio.all_tasks() == {asyncio.current_task()}
