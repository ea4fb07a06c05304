"""Lists that are mailed as one: whom one mail goes to, and what it looks like."""

from __future__ import annotations

from email import message_from_bytes
from typing import Any

import pytest

from services.distribution import domain
from services.distribution.adapters import Envelopes
from services.distribution.domain import (
    Circle,
    Delivery,
    MailingList,
    Outcome,
    Parcel,
    Recipient,
    Result,
    State,
    together,
)
from shared.contracts.base import Severity
from shared.contracts.links import UnsubscribeLinks
from shared.contracts.lists import INVOLVED, ListMode, list_id, subscription_id
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import GRACE, a_command, a_listing, a_press, a_row, approved
from tests.unit.distribution.test_handlers import DELIVER, Room

ADDRESS = "all@lists.example.com"
ALL = MailingList(
    name="all", title="All", members=("m1@example.com", "m2@example.com"), mode=ListMode.LIST, address=ADDRESS
)
OPEN = Circle()
ALONE = ALL.model_copy(update={"name": "alone", "members": (), "address": "alone@lists.example.com"})


def whom(
    lists: tuple[MailingList, ...], circle: Circle = OPEN, gone: frozenset[str] = frozenset()
) -> tuple[tuple[Recipient, ...], dict[str, str]]:
    """Return everybody who gets a report, and the lists to which one mail goes."""
    return together.whom(lists, approved(), circle, (), gone)


def a_room(*lists: MailingList) -> Room:
    room = Room()
    room.lists.states = {list_id(each.name): a_listing(each) for each in lists}
    return room


async def out(room: Room, **fields: Any) -> list[Delivery]:
    """Publish and write the rows; return those of lists that are mailed as one."""
    await room.hear(approved(**fields))
    await room.hear(a_command())
    await room.hear(DELIVER)
    return [row for row in room.ledger.kept.values() if row.to]


def test_a_list_without_members_is_a_recipient_itself() -> None:
    people, as_one = whom((ALL, ALONE))
    assert as_one == {"all": ADDRESS, "alone": "alone@lists.example.com"}
    assert Recipient(email="alone@lists.example.com", list="alone") in people
    assert ADDRESS not in {person.email for person in people}


@pytest.mark.parametrize(
    "lists",
    [
        (ALONE.model_copy(update={"severities": frozenset({Severity.SEV5})}),),
        (ALONE.model_copy(update={"includes": ("all",)}),),
        (ALONE.model_copy(update={"mode": ListMode.PERSON}),),
        (MailingList(name="people", members=("alone@lists.example.com",)), ALONE),
    ],
    ids=["takes other reports", "includes others", "is mailed person by person", "is somebody already"],
)
def test_no_list_is_a_recipient_itself_that(lists: tuple[MailingList, ...]) -> None:
    people, _ = whom(lists)
    assert Recipient(email="alone@lists.example.com", list="alone") not in people


def test_the_address_of_a_list_may_have_unsubscribed() -> None:
    gone = frozenset({subscription_id("alone", "alone@lists.example.com")})
    assert "alone" not in {person.list for person in whom((ALONE,), gone=gone)[0]}


def test_what_is_restricted_goes_person_by_person() -> None:
    people, as_one = whom((ALL, ALONE), Circle(restricted=True, readers=frozenset({"m1@example.com"})))
    assert as_one == {}
    assert {person.list for person in people} == {INVOLVED}


async def test_one_mail_goes_to_everybody_of_a_list_and_each_has_a_row() -> None:
    room = a_room(ALL)
    rows = await out(room)
    assert sorted(row.recipient for row in rows) == ["m1@example.com", "m2@example.com"]
    assert {(row.to, row.list) for row in rows} == {(ADDRESS, "all")}
    assert len({row.message_id for row in rows}) == 1
    await room.mail()
    mails = {recipient: mail for recipient, mail in room.mailer.mails if recipient.startswith("m")}
    (mail,) = set(mails.values())
    assert message_from_bytes(mail)["To"] == ADDRESS
    assert {row.state for row in room.ledger.kept.values()} == {State.ACCEPTED}


async def test_two_lists_of_one_address_are_each_named_in_their_own_mail() -> None:
    other = ALL.model_copy(update={"name": "other", "members": ("o1@example.com",)})
    room = a_room(ALL, other)
    await out(room)
    await room.mail()
    lists = {recipient: message_from_bytes(mail)["List-Id"] for recipient, mail in room.mailer.mails}
    assert "<all." in lists["m1@example.com"]
    assert "<other." in lists["o1@example.com"]


async def test_what_a_relay_says_of_one_is_that_ones_alone() -> None:
    room = a_room(ALL)
    await out(room)
    room.mailer.refused = {"m1@example.com": Result(Outcome.FAILED, "rcpt: 550 unknown")}
    await room.mail()
    states = {row.recipient: row.state for row in room.ledger.kept.values() if row.to}
    assert states == {"m1@example.com": State.FAILED, "m2@example.com": State.ACCEPTED}


async def test_a_correction_answers_what_went_to_the_same_address() -> None:
    room = a_room(ALL)
    first = (await out(room))[0].message_id
    await room.hear(approved(3, correction_of=2, correction_note="It was 513."))
    await room.hear(DELIVER.model_copy(update={"revision": 3}))
    assert {row.thread for row in room.ledger.kept.values() if row.to and row.revision == 3} == {(first,)}
    moved = ALL.model_copy(update={"address": "new@lists.example.com"})
    room.lists.states = {list_id("all"): a_listing(moved)}
    await room.hear(approved(4, correction_of=3, correction_note="It was 514."))
    await room.hear(DELIVER.model_copy(update={"revision": 4}))
    assert {row.thread for row in room.ledger.kept.values() if row.to and row.revision == 4} == {()}


async def test_what_is_restricted_after_all_names_no_list_and_goes_to_each_alone() -> None:
    room = a_room(ALL)
    await out(room)
    readers = ("m1@example.com",)
    closed = approved(2, restricted=True, readers=readers, access=1)
    await room.hear(closed, "closed")
    await room.mail()
    states = {row.recipient: row.state for row in room.ledger.kept.values() if row.to}
    assert states == {"m1@example.com": State.ACCEPTED, "m2@example.com": State.FAILED}
    (mail,) = [mail for recipient, mail in room.mailer.mails if recipient == "m1@example.com"]
    assert message_from_bytes(mail)["To"] == "m1@example.com"


def test_the_mail_to_a_list_has_nobodys_link() -> None:
    room_press, publication = a_press(UnsubscribeLinks.of("k" * 32)), published_to_list()
    one, other = (
        room_press.mail(publication, a_row(name, list="all", to=ADDRESS, message_id="<all@x>"))
        for name in ("m1@example.com", "m2@example.com")
    )
    assert one == other
    assert b"unsubscribe" not in one.lower().replace(b"list-unsubscribe", b"unsubscribe")
    assert b"unsubscribe" in room_press.mail(publication, a_row("m1@example.com", list="all"))


def published_to_list() -> domain.Publication:
    decision = domain.publish(
        domain.Publication(approved=approved(), newest_revision=2), a_command(), domain.Terms((ALL,), GRACE), NOW
    )
    assert decision.state
    return decision.state


def test_a_parcel_is_one_person_or_all_whom_the_same_bytes_go_to() -> None:
    envelopes = Envelopes("us@example.com", return_path=lambda row: f"b+{row.recipient}")
    mail = b"the same"
    rows = [a_row("a@example.com"), *(a_row(f"m{n}@example.com", to=ADDRESS) for n in range(3)), a_row("b@example.com")]
    packed = envelopes.pack([(row, mail) for row in rows])
    assert packed == [
        Parcel("b+a@example.com", ("a@example.com",), mail, rows[0].id),
        Parcel("us@example.com", ("m0@example.com", "m1@example.com", "m2@example.com"), mail),
        Parcel("b+b@example.com", ("b@example.com",), mail, rows[-1].id),
    ]
    assert envelopes.pack([]) == []
