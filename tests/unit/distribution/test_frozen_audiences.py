"""Who gets a report is kept outside of its publication, durable before anything is delivered, and then stays so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution import domain
from services.distribution.domain import Edition, Issue, Outcome, Publication, Recipient, Result
from services.distribution.handlers import HANDLERS
from shared.contracts.commands import Role
from shared.contracts.lists import DistributionList, PutList
from shared.messaging.documents import Conflict
from shared.testing import received
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.distribution.fakes import a_command, a_row, approved, published
from tests.unit.distribution.ledgers import FakeAudiences
from tests.unit.distribution.test_handlers import DELIVER, EVERYBODY, Room, a_published_room

THIRD = DELIVER.model_copy(update={"revision": 3})
ADMIN = an_actor("admin@example.com", Role.ADMIN)


def a_correction(of: int = 2) -> Any:
    return approved(of + 1, correction_of=of, correction_note="It was 513.")


def edition(room: Room) -> Edition:
    found = room.documents.states[PM].edition
    assert found
    return found


def recipients(room: Room, revision: int) -> list[str]:
    return sorted(row.recipient for row in room.ledger.kept.values() if row.revision == revision)


async def test_the_document_of_a_publication_names_nobody_who_gets_it() -> None:
    room = await a_published_room()
    kept = edition(room)
    assert (kept.recipients, kept.size) == ((), 6)
    assert "c@example.com" not in room.documents.states[PM].model_dump_json()
    assert Publication.model_validate(room.documents.states[PM].model_dump(mode="json")) == room.documents.states[PM]
    await room.hear(DELIVER)
    assert recipients(room, 2) == EVERYBODY


async def test_a_crash_before_the_commit_starts_no_delivery_and_whoever_counts_is_decided_anew() -> None:
    room = Room()
    await room.hear(approved())

    class Crash(FakeAudiences):
        async def keep(self, id: str, recipients: Sequence[Recipient]) -> None:
            await room.audiences.keep(id, recipients)
            raise ConnectionError

    command = received(a_command())
    with pytest.raises(ConnectionError):
        await HANDLERS[command.name](command, replace(room.deps, audiences=Crash()))
    assert (room.bus.names(), room.documents.states[PM].edition, room.ledger.kept) == ([], None, {})
    await room.hear(PutList(actor=ADMIN, list=DistributionList(name="added", members=("d@example.com",))))
    await room.hear(a_command())
    await room.hear(DELIVER)
    assert recipients(room, 2) == sorted([*EVERYBODY, "d@example.com"])
    assert len(room.audiences.kept) == 2  # the one that nobody committed belongs to no edition


async def test_of_two_who_publish_at_once_from_other_lists_the_one_that_is_committed_counts() -> None:
    room = Room()
    await room.hear(approved())

    class Slow(FakeAudiences):
        async def keep(self, id: str, recipients: Sequence[Recipient]) -> None:
            await room.audiences.keep(id, recipients)
            await room.hear(PutList(actor=ADMIN, list=DistributionList(name="added", members=("d@example.com",))))
            await room.hear(a_command(), "faster")

    command = received(a_command())
    with pytest.raises(Conflict):
        await HANDLERS[command.name](command, replace(room.deps, audiences=Slow()))
    await room.hear(DELIVER)
    assert recipients(room, 2) == sorted([*EVERYBODY, "d@example.com"])


async def test_a_delivery_whose_audience_is_not_whole_is_not_taken_for_done() -> None:
    room = await a_published_room()
    id = next(iter(room.audiences.kept))
    whole = room.audiences.kept[id]
    room.audiences.kept[id] = whole[:-1]
    with pytest.raises(LookupError):
        await room.hear(DELIVER)
    room.audiences.kept[id] = whole
    await room.hear(DELIVER)
    assert recipients(room, 2) == EVERYBODY


async def test_an_edition_of_before_that_knows_its_recipients_is_delivered_corrected_and_completed() -> None:
    room = await a_published_room()
    old = room.documents.states[PM].changed(edition=published(*EVERYBODY).edition)
    stored = old.model_dump(mode="json")
    assert len(stored["edition"]["recipients"]) == 6
    room.documents.states[PM] = Publication.model_validate(stored)
    room.audiences.kept.clear()
    await room.hear(DELIVER)
    await room.mail()
    await room.tick()
    assert room.bus.names().count("DeliveryCompleted.v1") == 1
    await room.hear(PutList(actor=ADMIN, list=DistributionList(name="everyone")))
    await room.hear(a_correction())
    await room.hear(THIRD)
    assert recipients(room, 3) == EVERYBODY
    assert {row.thread for row in room.ledger.kept.values() if row.revision == 3} == {
        (row.message_id,) for row in room.ledger.kept.values() if row.revision == 2
    }


def test_a_row_of_before_answers_the_mail_of_whom_its_edition_named() -> None:
    first = published("a@example.com")
    assert first.edition
    newest = published("a@example.com", "b@example.com", revision=3, correction_of=2)
    corrected = newest.changed(earlier=(Issue(edition=first.edition, approved=None, completed=True),))
    press = Room().deps.printer
    assert b"In-Reply-To" in press.mail(corrected, a_row("a@example.com", revision=3))
    assert b"In-Reply-To" not in press.mail(corrected, a_row("b@example.com", revision=3))
    assert b"In-Reply-To" not in press.mail(corrected, a_row("a@example.com", revision=3, thread=()))


@pytest.mark.parametrize(("outcome", "answers"), [(Outcome.ACCEPTED, True), (Outcome.FAILED, False)])
async def test_a_correction_answers_the_first_mail_of_whoever_got_it_and_of_nobody_else(
    outcome: Outcome, answers: bool
) -> None:
    room = await a_published_room()
    await room.hear(DELIVER)
    room.mailer.refused = {"a@example.com": Result(outcome, "words")}
    await room.mail()
    await room.hear(a_correction())
    await room.hear(THIRD)
    room.mailer.mails.clear()
    await room.mail()
    mails = dict(room.mailer.mails)
    assert (b"In-Reply-To: <" in mails["a@example.com"]) is answers
    assert b"In-Reply-To: <" in mails["b@example.com"]


async def test_what_a_mail_answers_stays_as_it_was_whatever_becomes_of_the_first_one() -> None:
    room = await a_published_room()
    await room.hear(DELIVER)
    await room.hear(a_correction())
    await room.hear(THIRD)
    before = {row.id: row.thread for row in room.ledger.kept.values()}
    room.mailer.refused = dict.fromkeys(EVERYBODY, Result(Outcome.FAILED, "550"))
    await room.mail()
    await room.hear(THIRD, "again")
    assert {row.id: row.thread for row in room.ledger.kept.values()} == before


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=6))
def test_an_audience_has_an_id_that_tells_who_is_in_it_and_how_they_came_there(people: list[tuple[str, str]]) -> None:
    chosen = tuple(Recipient(email=f"{name}@example.com", list=on) for on, name in people)

    def aside(*who: Recipient) -> Edition:
        empty = published().edition
        assert empty
        full = Publication(edition=empty.model_copy(update={"recipients": who}))
        found = domain.set_aside(full, PM).edition
        assert found
        return found

    one, same, other = aside(*chosen), aside(*chosen), aside(*chosen, Recipient(email="other@example.com", list="a"))
    assert one == same
    assert one.audience
    assert other.audience
    assert one.audience.id != other.audience.id
    assert (one.size, other.size, one.recipients) == (len(chosen), len(chosen) + 1, ())


def test_what_is_aside_already_or_not_published_stays_as_it_is() -> None:
    once = domain.set_aside(published("a@example.com"), PM)
    assert domain.set_aside(once, PM) is once
    assert domain.set_aside(Publication(), PM) == Publication()


def test_an_edition_of_nobody_is_told_from_one_of_before() -> None:
    nobody = domain.set_aside(published(), PM).edition
    assert nobody
    assert nobody.audience
    assert (nobody.size, nobody.audience.total) == (0, 0)
    assert nobody.published_at == NOW
