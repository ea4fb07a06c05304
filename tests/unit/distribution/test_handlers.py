"""Distribution's handlers over documents in memory: from approval to the last mail, and repeats."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.distribution.adapters import Leavers, Line, Postman, Writing
from services.distribution.adapters.bounces import Suppressed
from services.distribution.domain import Delivery, Gathering, Outcome, Pace, Publication, Result, State, Stoppage
from services.distribution.handlers import HANDLERS, on_due, on_gathered
from services.distribution.ports import Deps
from shared.contracts import BaseMessage
from shared.contracts.commands import DeliverReport, ListDeliveries
from shared.contracts.events import DeliveryCompleted, Published
from shared.contracts.lists import list_id
from shared.messaging.documents import AlreadyHandled, NotYet, Repository
from shared.messaging.outbox import Relay
from shared.messaging.timers import Timers
from shared.testing import FakeBus, FixedClock, InMemoryDocuments, in_memory, received
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.distribution.bouncing_fakes import InMemoryAddresses, a_bouncing
from tests.unit.distribution.fakes import (
    GRACE,
    LISTS,
    TERMS,
    FakeMailer,
    InMemoryLists,
    InMemorySubscriptions,
    a_command,
    a_listing,
    a_notice_press,
    a_press,
    approved,
    envelopes,
    meeting_ended,
    remembered,
    revised,
)
from tests.unit.distribution.ledgers import FakeAudiences, FakeLedger
from tests.unit.distribution.sharing_fakes import FakeSharing

EVERYBODY = [f"{name}@example.com" for name in ("a", "b", "c", "owner", "responder", "rosa")]
DELIVER = DeliverReport(postmortem_id=PM, revision=2)
LIST = ListDeliveries(postmortem_id=PM, actor=an_actor())


class Room:
    """The whole room over memory, with its timers and one postman."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOW)
        repository, documents, bus = in_memory("distribution", self.clock)
        self.documents: InMemoryDocuments[Publication] = documents
        self.bus: FakeBus = bus
        self.ledger, self.mailer, self.audiences = FakeLedger(), FakeMailer(), FakeAudiences()
        self.lists, self.subscriptions = InMemoryLists(self.clock), InMemorySubscriptions(self.clock)
        self.addresses = InMemoryAddresses(self.clock)
        self.stoppages: InMemoryDocuments[Stoppage] = InMemoryDocuments(self.clock)
        self.gatherings: InMemoryDocuments[Gathering] = InMemoryDocuments(self.clock)
        self.lists.states = {list_id(each.name): a_listing(each) for each in LISTS}
        self.sharing = FakeSharing(self.clock, documents.states, self.repository)
        self.deps = Deps(
            publications=repository,
            lists=self.repository(self.lists),
            known_lists=self.lists,
            subscriptions=self.repository(self.subscriptions),
            unsubscribed=self.subscriptions,
            subscribers=self.subscriptions,
            gatherings=self.repository(self.gatherings),
            stoppages=self.repository(self.stoppages),
            pace=Pace(),
            ledger=self.ledger,
            audiences=self.audiences,
            printer=a_press(),
            notices=a_notice_press(),
            terms=TERMS,
            bouncing=a_bouncing(self.addresses, self.repository(self.addresses), self.ledger),
            sharing=self.sharing.deps(),
            clock=self.clock,
            wake=asyncio.Event(),
        )
        self.timers = Timers(documents, self.clock, on_due, self.deps)
        self.gathered = Timers(self.gatherings, self.clock, on_gathered, self.deps)

    def repository(self, documents: InMemoryDocuments[Any]) -> Repository[Any]:
        return Repository("distribution", documents, Relay(documents, self.bus.publish), self.clock)

    async def hear(self, message: BaseMessage, id: str | None = None) -> Any:
        event = received(message, id)
        return await HANDLERS[event.name](event, self.deps)

    async def tick(self, by: timedelta = timedelta(minutes=11)) -> None:
        self.clock.advance(by)
        await self.timers.check()

    def writing(self) -> Writing:
        known, deps, digests = remembered(self.documents), self.deps, self.sharing.writing().write
        given: dict[str, Any] = {
            "printer": deps.printer,
            "notices": deps.notices,
            "holding": [Suppressed(self.addresses), Leavers(self.subscriptions)],
        }
        return Writing(known=known, digests=digests, clock=self.clock, **given)

    def postman(self) -> Postman:
        async def done(row: Delivery) -> None: ...

        return Postman(
            ledger=self.ledger,
            mailer=self.mailer,
            envelopes=envelopes(),
            writer=self.writing(),
            done=done,
            line=Line(self.clock),
            wake=self.deps.wake,
        )

    async def mail(self) -> None:
        postman = self.postman()
        while await postman.send_some():
            pass


async def a_published_room() -> Room:
    room = Room()
    await room.hear(approved())
    await room.hear(a_command())
    return room


async def test_what_the_owner_publishes_reaches_everybody_and_its_end_is_said_once() -> None:
    room = await a_published_room()
    assert room.bus.names() == ["Published.v1", "distribution.DeliverReport.v1"]
    await room.hear(DELIVER)
    assert room.deps.wake.is_set()
    await room.tick()
    assert room.bus.names().count("DeliveryCompleted.v1") == 0
    await room.mail()
    assert sorted(room.mailer.recipients()) == EVERYBODY
    for _ in range(3):
        await room.tick()
    assert room.bus.names() == ["Published.v1", "distribution.DeliverReport.v1", "DeliveryCompleted.v1"]
    said = DeliveryCompleted.model_validate_json(room.bus.said[-1].body)
    assert (said.accepted, said.failed, said.unknown) == (6, 0, 0)
    assert room.documents.due_at == {}


async def test_a_command_that_overtook_the_approval_waits_and_then_publishes() -> None:
    room = Room()
    command = a_command().model_copy(update={"approved_revision": 2})
    with pytest.raises(NotYet):
        await room.hear(command)
    await room.hear(approved(2))
    assert (await room.hear(command)).refusal is None
    assert room.bus.names() == ["Published.v1", "distribution.DeliverReport.v1"]


async def test_after_the_grace_period_it_goes_out_by_itself_and_not_before() -> None:
    room = Room()
    await room.hear(meeting_ended())
    await room.hear(approved())
    await room.tick(GRACE - timedelta(seconds=1))
    assert room.bus.names() == []
    await room.tick(timedelta(seconds=1))
    assert room.bus.names() == ["Published.v1", "distribution.DeliverReport.v1"]
    await room.tick()
    assert room.bus.names().count("Published.v1") == 1


async def test_an_edit_holds_it_back_and_a_later_approval_lets_the_new_text_out() -> None:
    room = Room()
    for message in (meeting_ended(), approved(2), revised(3)):
        await room.hear(message)
    await room.tick(GRACE * 3)
    assert room.bus.names() == []
    await room.hear(approved(3))
    await room.tick(timedelta(seconds=1))
    assert Published.model_validate_json(room.bus.said[0].body).revision == 3


async def test_an_edit_that_overtakes_the_timer_does_not_keep_the_next_approval_from_going_out() -> None:
    """The timer finds nothing to publish at the very moment of the new approval: its id is used up."""
    room = Room()
    for message in (meeting_ended(), approved(2)):
        await room.hear(message)
    room.clock.advance(GRACE)
    ((_, since),) = await room.documents.due(room.clock.now(), 10)
    await room.hear(revised(3))
    room.documents.due_at[PM] = since  # read by the timers before the edit
    await room.timers.check()
    assert room.bus.names() == []
    await room.hear(approved(3))
    await room.tick(timedelta(seconds=1))
    assert room.bus.names() == ["Published.v1", "distribution.DeliverReport.v1"]


@pytest.mark.parametrize("id", [None, "another"])
async def test_delivering_twice_adds_no_row_and_sends_no_mail_twice(id: str | None) -> None:
    room = await a_published_room()
    await room.hear(DELIVER)
    rows = dict(room.ledger.kept)
    if id is None:
        with pytest.raises(AlreadyHandled):
            await room.hear(DELIVER)
    else:
        await room.hear(DELIVER, id)
    assert room.ledger.kept == rows
    await room.mail()
    sent = dict(room.ledger.kept)
    await room.hear(DELIVER, "after the mails")
    await room.mail()
    assert room.ledger.kept == sent
    assert sorted(room.mailer.recipients()) == EVERYBODY


async def test_a_crash_between_rows_and_commit_adds_no_row_when_it_is_repeated() -> None:
    room = await a_published_room()

    class Crash(FakeLedger):
        async def add(self, deliveries: Any) -> None:
            await super().add(deliveries)
            raise ConnectionError

    crashing = Crash()
    with pytest.raises(ConnectionError):
        await HANDLERS[DELIVER.address()](received(DELIVER), replace(room.deps, ledger=crashing))
    rows = dict(crashing.kept)
    room.ledger.kept = dict(rows)
    assert len(rows) == room.audiences.size == 3  # the first part of the audience
    room.clock.advance(timedelta(seconds=3))
    await room.hear(DELIVER)
    assert {id: room.ledger.kept[id] for id in rows} == rows
    assert len(room.ledger.kept) == 6
    await room.mail()
    assert sorted(room.mailer.recipients()) == EVERYBODY


async def test_delivery_waits_for_its_publication() -> None:
    room = Room()
    with pytest.raises(NotYet):
        await room.hear(DELIVER)
    await room.hear(approved())
    with pytest.raises(NotYet):
        await room.hear(DELIVER)
    assert room.ledger.kept == {}


async def test_publishing_again_with_the_same_message_gets_the_first_reply() -> None:
    room = Room()
    await room.hear(approved())
    first = await room.hear(a_command())
    assert (first.refusal, first.data["revision"]) == (None, 2)
    assert list(first.said.values()) == ["Published.v1", "distribution.DeliverReport.v1"]
    with pytest.raises(AlreadyHandled) as repeat:
        await room.hear(a_command())
    assert repeat.value.reply == first
    refused = await room.hear(a_command(), "another")
    assert refused.refusal.rule == "already-published"
    assert room.bus.names().count("Published.v1") == 1


async def test_listing_shows_every_mail_and_changes_nothing() -> None:
    room = await a_published_room()
    await room.hear(DELIVER)
    room.mailer.answers = [Result(Outcome.FAILED, "rcpt: 550 unknown"), Result(Outcome.RETRY, "451 later")]
    await room.mail()
    before = (room.documents.versions[PM], dict(room.ledger.kept), len(room.bus.said), dict(room.documents.due_at))
    reply = await room.hear(LIST)
    assert (await room.hear(LIST)) == reply
    assert before == (
        room.documents.versions[PM],
        dict(room.ledger.kept),
        len(room.bus.said),
        dict(room.documents.due_at),
    )
    assert reply.data["revision"] == 2
    assert reply.data["counts"] == {"accepted": 4, "failed": 1, "unknown": 0, "suppressed": 0, "pending": 1}
    shown = reply.data["deliveries"]
    assert [row["recipient"] for row in shown] == EVERYBODY
    (failed,) = (row for row in shown if row["state"] == State.FAILED.value)
    assert (failed["reply"], failed["attempts"], failed["list"]) == ("rcpt: 550 unknown", 1, "everyone")


async def test_what_the_relay_takes_away_from_one_is_part_of_how_it_ended() -> None:
    room = await a_published_room()
    await room.hear(DELIVER)
    room.mailer.answers = [Result(Outcome.FAILED, "550"), Result(Outcome.RETRY, "451")]
    await room.mail()
    await room.tick()
    assert "DeliveryCompleted.v1" not in room.bus.names()
    await room.mail()
    await room.tick()
    said = DeliveryCompleted.model_validate_json(room.bus.said[-1].body)
    assert (said.accepted, said.failed, said.unknown) == (5, 1, 0)
