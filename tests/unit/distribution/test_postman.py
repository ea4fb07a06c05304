"""Postmen over a ledger and a relay in memory: nobody is forgotten, and twice only when nobody can know."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.distribution.adapters import Line, Postman, Remembered, Writing
from services.distribution.adapters import postman as module
from services.distribution.adapters.postman import AMBIGUOUS, AWAY_S, LEASE, MAILS, REFUSED_S
from services.distribution.domain import Delivery, Outcome, Parcel, Publication, Result, State, settle
from services.distribution.domain.delivery import ALONE, MAX_ATTEMPTS
from shared.testing import FixedClock
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import ACCEPTED, FakeMailer, a_notice_press, a_press, a_row, envelopes, published
from tests.unit.distribution.ledgers import FakeLedger
from tests.unit.distribution.sharing_fakes import no_digest

AWAY, STOP = Result(Outcome.AWAY, "nobody"), Result(Outcome.STOP, "554 go away")
UNKNOWN, RETRY = Result(Outcome.UNKNOWN, "silence"), Result(Outcome.RETRY, "451 later")


class Office:
    """Everything around postmen: one ledger, one line, one clock."""

    def __init__(self, rows: int = 1) -> None:
        self.clock = FixedClock(NOW)
        self.ledger = FakeLedger()
        self.ledger.kept = {row.id: row for row in (a_row(f"r{n:03}@example.com") for n in range(rows))}
        self.line = Line(self.clock)
        self.wake = asyncio.Event()
        self.done: list[Delivery] = []
        self.version = 1
        self.publication: Publication | None = published(*(row.recipient for row in self.ledger.kept.values()))

    def postman(self, mailer: FakeMailer) -> Postman:
        async def read(key: str) -> Publication | None:
            return self.publication

        async def newer(known: Mapping[str, int]) -> Mapping[str, tuple[int, Publication]]:
            found = self.publication
            return {key: (self.version, found) for key, at in known.items() if found and at < self.version}

        async def done(row: Delivery) -> None:
            self.done.append(row)

        known = Remembered(read=read, newer=newer)
        given: dict[str, Any] = {"printer": a_press(), "notices": a_notice_press()}
        writing = Writing(known=known, digests=no_digest, clock=self.clock, **given)
        return Postman(
            ledger=self.ledger,
            mailer=mailer,
            envelopes=envelopes(),
            writer=writing,
            done=done,
            line=self.line,
            wake=self.wake,
        )

    async def round(self, *postmen: Postman) -> None:
        """Let postmen go round once, without the rest at the end."""
        self.wake.set()
        await asyncio.gather(*(postman.round() for postman in postmen))

    def row(self, number: int = 0) -> Delivery:
        return list(self.ledger.kept.values())[number]


def ambiguous() -> float:
    return float(AMBIGUOUS._value.get())


async def test_two_postmen_share_the_rows_and_send_no_mail_twice() -> None:
    office, mailers = Office(50), (FakeMailer(), FakeMailer())
    postmen = [office.postman(mailer) for mailer in mailers]
    while [await postman.send_some() for postman in postmen] != [False, False]:
        pass
    sent = [recipient for mailer in mailers for recipient in mailer.recipients()]
    assert sorted(sent) == [f"r{n:03}@example.com" for n in range(50)]
    assert [len(mailer.mails) for mailer in mailers] == [30, 20]
    assert {row.state for row in office.ledger.kept.values()} == {State.ACCEPTED}
    assert len(office.done) == 50 / ALONE  # it is asked once for what was sent at once, whether that was the last


async def test_many_postmen_at_once_send_every_mail_once() -> None:
    office, mailers = Office(100), [FakeMailer() for _ in range(7)]
    await asyncio.gather(*(office.round(office.postman(mailer)) for mailer in mailers))
    sent = [recipient for mailer in mailers for recipient in mailer.recipients()]
    assert len(sent) == len(set(sent)) == 100
    assert all(mailer.closed == 1 for mailer in mailers)


async def test_a_postman_who_rests_is_roused() -> None:
    office, mailer = Office(0), FakeMailer()
    postman = office.postman(mailer)
    resting = asyncio.create_task(postman.round())
    await asyncio.sleep(0)
    await office.ledger.add([a_row()])
    office.wake.set()
    await asyncio.wait_for(resting, 0.5)
    await office.round(postman)
    assert mailer.recipients() == ["a@example.com"]


async def test_a_relay_that_is_away_closes_the_line_for_all_for_longer_and_longer_until_it_is_back() -> None:
    office, mailer, other = Office(3), FakeMailer([AWAY] * 9 * 3), FakeMailer()
    waits = []
    for _ in range(9):
        await office.round(office.postman(mailer))
        await office.round(office.postman(other))
        assert not office.line.is_open()
        assert office.line.closed_until
        waits.append((office.line.closed_until - office.clock.now()).total_seconds())
        office.clock.time = office.line.closed_until
    assert waits == [*AWAY_S, 60, 60]
    assert waits == sorted(waits)
    assert other.mails == []
    assert len(mailer.mails) == 9 * 3
    assert [row.attempts for row in office.ledger.kept.values()] == [0, 0, 0]
    await office.round(office.postman(mailer))
    assert {row.state for row in office.ledger.kept.values()} == {State.ACCEPTED}
    mailer.answers = [AWAY]
    await office.ledger.add([a_row()])
    await office.round(office.postman(mailer))
    assert office.line.closed_until == office.clock.now() + timedelta(seconds=AWAY_S[0])


async def test_connections_that_break_together_are_one_outage() -> None:
    office, mailers = Office(5 * ALONE), [FakeMailer([AWAY] * ALONE) for _ in range(5)]
    await asyncio.gather(*(office.postman(mailer).send_some() for mailer in mailers))
    assert sum(len(mailer.mails) for mailer in mailers) == 5 * ALONE
    assert office.line.closed_until == NOW + timedelta(seconds=AWAY_S[0])
    office.clock.advance(timedelta(seconds=AWAY_S[0]))
    await office.round(office.postman(FakeMailer([AWAY])))
    assert office.line.closed_until == office.clock.now() + timedelta(seconds=AWAY_S[1])


async def test_a_relay_that_refuses_us_gets_a_minute_of_quiet_and_no_recipient_pays_for_it() -> None:
    office, mailer = Office(2), FakeMailer([STOP] * 30 * 2)
    for _ in range(30):
        await office.round(office.postman(mailer))
        assert office.line.closed_until == office.clock.now() + timedelta(seconds=REFUSED_S)
        office.clock.advance(timedelta(seconds=REFUSED_S))
    assert len(mailer.mails) == 30 * 2
    assert all((row.state, row.attempts) == (State.PENDING, 0) for row in office.ledger.kept.values())
    await office.round(office.postman(mailer))
    assert {row.state for row in office.ledger.kept.values()} == {State.ACCEPTED}


@pytest.mark.parametrize(("answer", "counted"), [(UNKNOWN, 1), (RETRY, 0)])
async def test_a_mail_that_is_sent_again_is_the_same_mail(answer: Result, counted: int) -> None:
    office, mailer, before = Office(), FakeMailer([answer]), ambiguous()
    await office.round(office.postman(mailer))
    assert (office.row().state, office.row().attempts, len(mailer.mails)) == (State.PENDING, 1, 1)
    assert office.row().not_before > office.clock.now()
    assert ambiguous() - before == counted
    office.clock.advance(timedelta(minutes=2))
    await office.round(office.postman(mailer))
    assert office.row().state is State.ACCEPTED
    assert mailer.mails[0] == mailer.mails[1]
    assert f"Message-ID: {office.row().message_id}".encode() in mailer.mails[1][1]
    assert ambiguous() - before == counted


@pytest.mark.parametrize(("answer", "end"), [(UNKNOWN, State.UNKNOWN), (RETRY, State.FAILED)])
async def test_after_the_last_attempt_a_mail_is_left_and_it_is_said_how(answer: Result, end: State) -> None:
    office, mailer = Office(), FakeMailer([answer] * 99)
    while office.row().state is State.PENDING:
        await office.round(office.postman(mailer))
        office.clock.advance(timedelta(hours=5))
    assert office.row().state is end
    assert len(mailer.mails) == MAX_ATTEMPTS
    assert office.done[-1].state is end


async def test_a_claim_whose_holder_died_is_taken_by_another_and_counted_as_ambiguous() -> None:
    office, mailer, before = Office(), FakeMailer(), ambiguous()
    await office.ledger.claim(NOW, NOW + LEASE)  # and then its process is gone
    await office.round(office.postman(mailer))
    assert mailer.mails == []
    office.clock.advance(LEASE)
    await office.round(office.postman(mailer))
    assert (office.row().state, office.row().attempts) == (State.ACCEPTED, 2)
    assert ambiguous() - before == 1


async def test_a_claim_is_kept_for_as_long_as_its_mail_is_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RENEW_EVERY_S", 0)
    office, arrived = Office(), asyncio.Event()

    class Slow(FakeMailer):
        async def send(self, parcels: Sequence[Parcel]) -> Sequence[tuple[Result, ...]]:
            await arrived.wait()
            return await super().send(parcels)

    slow, other = Slow(), FakeMailer()
    sending = asyncio.create_task(office.postman(slow).send_some())
    while not office.ledger.leases:
        await asyncio.sleep(0)
    for _ in range(5):
        office.clock.advance(LEASE)
        while office.ledger.leases[office.row().id] <= office.clock.now():
            await asyncio.sleep(0)
        assert not await office.postman(other).send_some()
    arrived.set()
    assert await sending
    assert (len(slow.mails), len(other.mails), office.row().state) == (1, 0, State.ACCEPTED)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}  # nobody keeps a row that is settled


async def test_whoever_comes_back_late_does_not_overwrite_what_became_of_the_mail() -> None:
    office = Office()
    (late,) = await office.ledger.claim(NOW, NOW + LEASE)
    office.clock.advance(LEASE)
    await office.round(office.postman(FakeMailer()))
    before, done = office.row(), list(office.done)
    assert not await office.ledger.settle([settle(late.delivery, RETRY, 1.0, office.clock.now())])
    assert (office.row(), office.done) == (before, done)


async def test_a_late_postman_tells_nobody_of_a_mail_that_is_anothers() -> None:
    office = Office()

    class Slow(FakeMailer):
        async def send(self, parcels: Sequence[Parcel]) -> Sequence[tuple[Result, ...]]:
            office.clock.advance(LEASE)
            await office.postman(FakeMailer()).send_some()
            return [(RETRY,)]

    assert await office.postman(Slow()).send_some()
    assert [row.state for row in office.done] == [State.ACCEPTED]
    assert office.row().state is State.ACCEPTED


async def test_a_mail_that_cannot_be_written_fails_alone() -> None:
    office, mailer = Office(2), FakeMailer()
    broken = a_row("not an address", id="broken")
    await office.ledger.add([broken])
    await office.round(office.postman(mailer))
    states = {row.recipient: row.state for row in office.ledger.kept.values()}
    assert states.pop("not an address") is State.FAILED
    assert set(states.values()) == {State.ACCEPTED}
    assert office.ledger.kept["broken"].reply.startswith("print: ")


async def test_a_row_without_its_publication_stays_and_the_connection_is_closed() -> None:
    office, mailer = Office(), FakeMailer()
    office.publication = None
    with pytest.raises(ExceptionGroup) as raised:
        await office.postman(mailer).round()
    assert raised.group_contains(LookupError)
    assert (mailer.mails, mailer.closed) == ([], 1)
    assert office.row().state is State.SENDING


async def test_every_attempt_is_counted_by_its_outcome() -> None:
    before = {o: MAILS.labels(o.value)._value.get() for o in Outcome}
    office = Office(3)
    await office.round(office.postman(FakeMailer([RETRY, UNKNOWN, ACCEPTED])))
    grown = {o for o in Outcome if MAILS.labels(o.value)._value.get() > before[o]}
    assert grown == {Outcome.RETRY, Outcome.UNKNOWN, Outcome.ACCEPTED}
