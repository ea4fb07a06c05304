"""Mails of several notices: what stands in them, and what becomes of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.distribution.domain import Gathering, Outcome, Pace, Result, State, let_go
from shared.contracts.base import postmortem_id
from shared.contracts.events import AccessChanged
from tests.helpers.builders import NOW, a_draft, an_item
from tests.unit.distribution.fakes import ADA, BEN, a_notice, a_notice_row, assigned, reminder, review_notice
from tests.unit.distribution.gatherings import FAR, MINUTE, PACE, a_room, about, late, mails, subjects, text_of, told
from tests.unit.distribution.test_letter import assert_fit_for_the_wire, parsed, part
from tests.unit.distribution.test_notice_letter import HEADERS


async def test_of_a_flood_the_first_come_at_once_and_the_rest_as_one_mail_most_urgent_first() -> None:
    room = a_room()
    for n in range(4):
        await room.hear(late(n))
    await room.hear(review_notice("review_asked", due=FAR, postmortem_id=postmortem_id("x", "asked")))
    await room.hear(reminder("item_due", due=NOW + timedelta(hours=5), postmortem_id=postmortem_id("x", "item")))
    await told(room, by=30 * MINUTE)
    assert len(room.mailer.mails) == 2
    await told(room, by=30 * MINUTE)
    assert subjects(room)[2:] == ["[Postmortem] 4 things wait for you"]
    text = text_of(mails(room)[2])
    places = [text.index(words) for words in ("1. Late: Incident", "3. Action item due soon:", "4. Your review:")]
    assert places == sorted(places)
    assert all(f"/postmortems/{postmortem_id('x', each)}" in text for each in ("2", "3", "asked", "item"))
    assert [row.state for row in room.ledger.kept.values()] == [State.ACCEPTED] * 3
    assert room.gatherings.due_at == {}


async def test_many_notices_to_one_person_at_once_are_decided_one_after_the_other() -> None:
    room = a_room()
    await asyncio.gather(*(room.hear(late(n)) for n in range(50)))  # raises at the first conflict
    await told(room, by=61 * MINUTE)
    assert subjects(room)[2:] == ["[Postmortem] 48 things wait for you"]


async def test_what_was_kept_alone_comes_as_it_would_have() -> None:
    room = a_room()
    for n in range(3):
        await room.hear(late(n))
    await told(room, by=61 * MINUTE)
    assert subjects(room)[2] == "[Postmortem] Late: Incident 2 (SEV2)"


async def test_invitations_and_urgent_notices_come_at_once_in_any_flood() -> None:
    room = a_room(Pace(1))
    for n in range(3):
        await room.hear(late(n))
    await room.hear(review_notice("review_escalated", due=FAR))
    await told(room)
    assert len(room.mailer.mails) == 2


async def test_what_is_no_longer_true_is_left_out_and_when_nothing_is_no_mail_goes() -> None:
    room = a_room(Pace(1))
    await room.hear(late(0))
    for n in (1, 2):
        await room.hear(assigned(ADA, **about(n)))
    await room.hear(assigned(BEN, postmortem_id=postmortem_id("x", "1"), assigned_at=NOW + MINUTE))
    await told(room, by=61 * MINUTE)
    found = [mail for mail in mails(room) if "wait" in str(mail["Subject"])]
    assert [str(mail["Subject"]) for mail in found] == ["[Postmortem] 1 thing waits for you"]
    assert "Incident 1" not in text_of(found[0])
    assert "Incident 2" in text_of(found[0])


async def test_when_nothing_of_it_is_true_no_mail_goes_and_the_row_says_so() -> None:
    room = a_room(Pace(1))
    for n in range(3):
        await room.hear(late(n))
    await told(room)
    room.clock.advance(60 * MINUTE)
    for _ in range(3):
        await room.gathered.check()
        room.clock.advance(timedelta(seconds=1))
    room.clock.advance(timedelta(days=1))
    await room.mail()
    assert len(room.mailer.mails) == 1
    rows = [(row.state, row.reply) for row in room.ledger.kept.values() if row.gathered]
    assert rows == [(State.FAILED, "not sent: nothing of it is true any more")]


async def test_restricted_titles_stand_in_no_mail_of_several() -> None:
    room = a_room(Pace(1))
    for n in range(3):
        await room.hear(late(n))
    event = a_draft(AccessChanged, restricted=True, access=1, changed_at=NOW, changed_by="x", owner=ADA)
    await room.hear(event.model_copy(update={"postmortem_id": postmortem_id("x", "2")}))
    await room.hear(late(3, restricted=True))
    await told(room, by=61 * MINUTE)
    (mail,) = [mail for mail in mails(room) if "wait" in str(mail["Subject"])]
    text = mail.as_string()
    assert "Incident 1" in text
    assert "Incident 2" not in text
    assert "Incident 3" not in text
    assert f"Late: restricted report {postmortem_id('x', '2')[:8]}" in text_of(mail)


async def test_a_mail_of_several_is_in_no_count_and_in_no_list_of_deliveries() -> None:
    room = a_room(Pace(1))
    for n in range(3):
        await room.hear(late(n))
    await told(room, by=61 * MINUTE)
    assert {row.revision for row in room.ledger.kept.values()} == {0}
    assert await room.ledger.rows(postmortem_id("x", "1"), 100) == []


def test_its_bytes_are_the_same_whenever_it_is_printed() -> None:
    room, notices = a_room(), tuple(a_notice(late(n), str(n)) for n in range(3))
    state = Gathering(sent=(NOW,) * 2, kept=notices)
    gathered = let_go(state, PACE, NOW + 60 * MINUTE).state.leaving[0]
    row = replace(a_notice_row(gathered.notices[0]), id=gathered.id, notice=None, gathered=gathered)
    press = room.deps.notices
    assert press.gathered_mail(gathered, (), row) == press.gathered_mail(gathered, (), replace(row, attempts=7))
    assert press.gathered_id(gathered) == press.gathered_id(gathered)


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.RETRY])
async def test_a_mail_of_several_is_tried_again_under_the_same_id(outcome: Outcome) -> None:
    room = a_room(Pace(1))
    for n in range(3):
        await room.hear(late(n))
    await told(room)
    room.mailer.answers = [Result(outcome, "later")]
    await told(room, by=61 * MINUTE)
    await told(room, by=5 * MINUTE)
    again = room.mailer.mails[1:]
    assert (len(again), len(set(again))) == (2, 1)


def test_what_people_wrote_is_text_in_both_parts_and_adds_no_header() -> None:
    title, text = "<script>x</script> {{ fact }}\u202e", "a\r\nBcc: x\x00 <img src=x> " + "long " * 150
    item = an_item(owner=ADA, text=text)
    facts = [reminder("item_late", **(about(n) | {"title": title}), item=item) for n in range(2)]
    room, notices = a_room(), tuple(a_notice(fact, str(n)) for n, fact in enumerate(facts))
    gathered = let_go(Gathering(kept=notices), PACE, NOW + 60 * MINUTE).state.leaving[0]
    row = replace(a_notice_row(notices[0]), id=gathered.id, notice=None, gathered=gathered)
    mail = room.deps.notices.gathered_mail(gathered, (), row)
    assert_fit_for_the_wire(mail)
    message = parsed(mail)
    assert message.keys() == HEADERS
    html = part(mail, "html")
    assert "<script" not in html
    assert "<img" not in html
    assert "{{ fact }}" in html
    assert max(map(len, part(mail).splitlines())) < 350
