"""Distribution's handlers when lists change and people unsubscribe: what is published goes by how it is then."""

from __future__ import annotations

from services.distribution.handlers import follow_policy
from shared.contracts.commands import Role
from shared.contracts.lists import (
    ChangeSubscription,
    DeleteList,
    DistributionList,
    PutList,
    ShowSubscription,
    Unsubscribe,
    list_id,
    subscription_id,
)
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.distribution.fakes import LISTS, a_command, approved
from tests.unit.distribution.test_handlers import DELIVER, EVERYBODY, Room
from tests.unit.distribution.test_subscription import shown

LINK = Unsubscribe(list_id=list_id("everyone"), subscription_id=subscription_id("everyone", "a@example.com"))
ADMIN = an_actor("admin@example.com", Role.ADMIN)


def recipients(room: Room) -> list[str]:
    edition = room.documents.states[PM].edition
    people = room.audiences.kept[edition.audience.id] if edition and edition.audience else ()
    return sorted(person.email for person in people)


async def test_a_publication_goes_by_the_lists_as_they_are_then_and_a_later_change_is_for_the_next() -> None:
    room = Room()
    await room.hear(approved())
    added = DistributionList(name="added", title="Added", members=("d@example.com",))
    assert (await room.hear(PutList(actor=ADMIN, list=added, base_version=0))).refusal is None
    await room.hear(a_command())
    assert recipients(room) == sorted([*EVERYBODY, "d@example.com"])
    assert (await room.hear(DeleteList(actor=ADMIN, list_name="added"))).refusal is None
    await room.hear(DELIVER)
    await room.mail()
    assert "d@example.com" in room.mailer.recipients()
    assert room.bus.names().count("ListChanged.v1") == 2


async def test_who_unsubscribed_is_left_out_until_they_are_put_back() -> None:
    for back, names in ((False, EVERYBODY[1:]), (True, EVERYBODY)):
        room = Room()
        await room.hear(approved())
        await room.hear(LINK)
        if back:
            command = ChangeSubscription(actor=ADMIN, list_name="everyone", email="a@example.com", subscribed=True)
            assert (await room.hear(command)).data == shown(unsubscribed=False, since=None)
        await room.hear(a_command())
        assert recipients(room) == names


async def test_a_correction_goes_by_the_lists_as_they_are_then_and_not_to_who_has_unsubscribed_since() -> None:
    room = Room()
    await room.hear(approved())
    await room.hear(a_command())
    await room.hear(LINK)
    added = DistributionList(name="added", members=("d@example.com",))
    await room.hear(PutList(actor=ADMIN, list=added, base_version=0))
    await room.hear(approved(3, correction_of=2, correction_note="It was 513."))
    assert recipients(room) == sorted([*EVERYBODY[1:], "d@example.com"])


async def test_a_link_that_is_clicked_for_ever_leaves_one_trace() -> None:
    room = Room()
    for n in range(5):
        await room.hear(LINK, f"click-{n}")
    assert room.subscriptions.versions == {LINK.subject: 1}
    seen = await room.hear(ShowSubscription(actor=ADMIN, list_name="everyone", email="a@example.com"))
    assert seen.data == shown(unsubscribed=True, since=NOW.isoformat())


async def test_following_the_policy_twice_says_it_once_and_keeps_what_admins_said() -> None:
    room = Room()
    room.lists.states.clear()
    for _ in range(2):
        await follow_policy(room.deps)
    assert room.bus.names() == ["ListChanged.v1"] * len(LISTS)
    await room.hear(PutList(actor=ADMIN, list=DistributionList(name="everyone")))
    await follow_policy(room.deps)
    assert room.bus.names() == ["ListChanged.v1"] * (len(LISTS) + 1)
    await room.hear(DeleteList(actor=ADMIN, list_name="everyone"))
    assert room.lists.states[list_id("everyone")].list == LISTS[0].on_the_wire()
