"""Hearing who is to be told what: one row and one mail a fact, whatever fails and whatever comes again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.distribution.domain import Outcome, Publication, Result, State
from shared.contracts.decision import Reply
from shared.contracts.events import DeliveryCompleted
from shared.messaging.documents import AlreadyHandled, Repository
from shared.messaging.outbox import Relay
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import ADA, BEN, a_command, approved, assigned, reminder, revised
from tests.unit.distribution.test_handlers import DELIVER, EVERYBODY, LIST, Room

AWAY, RETRY = Result(Outcome.AWAY, "nobody"), Result(Outcome.RETRY, "451 later")
UNKNOWN = Result(Outcome.UNKNOWN, "silence")


class FallsOnce(Repository[Publication]):
    """Loses the database before its first commit."""

    has_fallen = False

    async def commit(self, *given: Any) -> Reply | None:
        if not self.has_fallen:
            self.has_fallen = True
            raise ConnectionError
        return await super().commit(*given)


def states(room: Room) -> list[tuple[str, State, str]]:
    return [(row.recipient, row.state, row.reply) for row in room.ledger.kept.values() if row.notice]


def ids(room: Room) -> list[bytes]:
    return [line for _, mail in room.mailer.mails for line in mail.split(b"\r\n") if line.startswith(b"Message-ID")]


async def test_a_fact_leads_to_one_mail_to_the_one_whom_it_concerns() -> None:
    room = Room()
    await room.hear(assigned())
    assert room.deps.wake.is_set()
    await room.hear(reminder("item_due", BEN))
    await room.mail()
    assert room.mailer.recipients() == ["ada@example.com", "ben@example.com"]
    assert {state for _, state, _ in states(room)} == {State.ACCEPTED}
    assert room.bus.names() == []


async def test_the_same_fact_again_is_no_second_mail() -> None:
    room = Room()
    await room.hear(assigned(), "fact-1")
    await room.mail()
    with pytest.raises(AlreadyHandled):
        await room.hear(assigned(), "fact-1")
    await room.mail()
    assert len(room.mailer.mails) == 1


async def test_a_crash_between_row_and_commit_leaves_one_row_and_one_mail() -> None:
    room = Room()
    falling = FallsOnce("distribution", room.documents, Relay(room.documents, room.bus.publish), room.clock)
    room.deps = replace(room.deps, publications=falling)
    with pytest.raises(ConnectionError):
        await room.hear(assigned(), "fact-1")
    await room.mail()  # the postman is faster than the repeat
    await room.hear(assigned(), "fact-1")
    await room.mail()
    assert len(room.mailer.mails) == 1
    assert states(room) == [("ada@example.com", State.ACCEPTED, "250 ok")]


async def test_a_mail_without_an_answer_is_sent_again_under_the_same_id() -> None:
    room = Room()
    room.mailer.answers = [UNKNOWN]
    await room.hear(assigned())
    await room.mail()
    room.clock.advance(timedelta(minutes=5))
    await room.mail()
    assert len(room.mailer.mails) == 2
    assert len(set(room.mailer.mails)) == len(set(ids(room))) == 1


async def test_the_mails_of_a_publication_are_counted_without_notices() -> None:
    room = Room()
    await room.hear(assigned())
    await room.hear(approved())
    await room.hear(a_command())
    await room.hear(DELIVER)
    await room.hear(reminder("item_due", BEN))
    await room.mail()
    assert sorted(room.mailer.recipients()) == sorted([*EVERYBODY, ADA.email, BEN.email])
    shown = (await room.hear(LIST)).data
    assert [row["recipient"] for row in shown["deliveries"]] == EVERYBODY
    await room.tick()
    said = DeliveryCompleted.model_validate_json(room.bus.said[-1].body)
    assert (said.accepted, said.failed) == (len(EVERYBODY), 0)


async def test_a_notice_that_waits_holds_up_no_completion() -> None:
    room = Room()
    await room.hear(approved())
    await room.hear(a_command())
    await room.hear(DELIVER)
    await room.mail()
    await room.hear(assigned())
    await room.tick()
    assert room.bus.names()[-1] == "DeliveryCompleted.v1"
    assert [state for _, state, _ in states(room)] == [State.PENDING]


async def test_listing_what_was_only_noticed_shows_no_mail() -> None:
    room = Room()
    await room.hear(assigned())
    assert (await room.hear(LIST)).data["deliveries"] == []
    assert (await room.hear(LIST)).data["revision"] is None


async def test_who_was_passed_over_meanwhile_is_not_told_and_the_ledger_says_why() -> None:
    room = Room()
    await room.hear(assigned(ADA))
    await room.hear(assigned(BEN, assigned_at=NOW + timedelta(minutes=1)))
    await room.mail()
    assert room.mailer.recipients() == ["ben@example.com"]
    assert states(room)[0] == ("ada@example.com", State.FAILED, "not sent: ben@example.com was given it since")


async def test_a_reminder_that_was_put_off_for_a_day_is_given_up() -> None:
    room = Room()
    room.mailer.answers = [RETRY]
    await room.hear(reminder("draft_late"))
    await room.mail()
    room.clock.advance(timedelta(days=1, minutes=1))
    await room.mail()
    assert len(room.mailer.mails) == 1
    assert states(room) == [("ada@example.com", State.FAILED, "not sent: given up after a day")]


async def test_a_reminder_waits_while_the_relay_is_away_and_goes_when_it_is_back() -> None:
    room = Room()
    room.mailer.answers = [AWAY]
    await room.hear(reminder("draft_due"))
    assert await room.postman().send_some()
    assert [(state, row.attempts) for row in room.ledger.kept.values() for state in (row.state,)] == [
        (State.PENDING, 0)
    ]
    room.clock.advance(timedelta(hours=3))
    await room.mail()
    assert states(room) == [("ada@example.com", State.ACCEPTED, "250 ok")]


async def test_what_is_heard_of_an_incident_nobody_has_written_about_is_kept_for_what_follows() -> None:
    room = Room()
    await room.hear(assigned(), "fact-1")
    await room.hear(revised(2))
    await room.hear(reminder(), "fact-2")
    (row,) = [row for row in room.ledger.kept.values() if row.notice and row.notice.id == "fact-2"]
    assert row.notice
    assert row.notice.follows == "fact-1"
    state = await room.documents.state_of(PM)
    assert state
    assert state.newest_revision == 2


async def test_a_reminder_is_one_mail_and_changes_nothing_of_the_publication_however_often_it_is_heard() -> None:
    room = Room()
    await room.hear(assigned())
    before = room.documents.versions[PM]
    for _ in range(3):
        await room.hear(reminder(), "reminder-1")
    assert room.documents.versions[PM] == before
    assert [row.notice.kind for row in room.ledger.kept.values() if row.notice] == ["owner_assigned", "draft_due"]
