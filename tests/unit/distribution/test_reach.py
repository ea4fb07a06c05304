"""Distribution's handlers when people subscribe: who is mailed, who is counted, and what comes too late."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from services.distribution.domain import State, Subscriber
from services.distribution.handlers import follow_policy
from shared.contracts.commands import Role
from shared.contracts.lists import (
    ChangeSubscription,
    DeleteList,
    DistributionList,
    PutList,
    Unsubscribe,
    list_id,
    subscription_id,
)
from shared.contracts.subscribing import ChangeOptIn, ShowReach
from tests.helpers.builders import an_actor
from tests.unit.distribution.fakes import a_command, approved
from tests.unit.distribution.test_changed_lists import recipients
from tests.unit.distribution.test_handlers import DELIVER, EVERYBODY, Room

ADMIN, ZOE = an_actor("admin@example.com", Role.ADMIN), an_actor("zoe@example.com")


def opt(list_name: str = "everyone", opted_in: bool = True) -> ChangeOptIn:
    return ChangeOptIn(actor=ZOE, list_name=list_name, email=ZOE.email, opted_in=opted_in)


def link(list_name: str, email: str) -> Unsubscribe:
    return Unsubscribe(list_id=list_id(list_name), subscription_id=subscription_id(list_name, email))


async def put(room: Room, name: str, *members: str, **fields: Any) -> None:
    wanted = DistributionList(name=name, members=members, **fields)
    assert (await room.hear(PutList(actor=ADMIN, list=wanted))).refusal is None


async def test_whoever_subscribed_is_mailed_whatever_the_list_becomes_until_they_unsubscribe() -> None:
    room = Room()
    await room.hear(approved())
    assert (await room.hear(opt())).data["subscribed"] is True
    await put(room, "everyone", "d@example.com")
    await room.hear(a_command())
    assert {"zoe@example.com", "d@example.com"} <= set(recipients(room))
    room = Room()
    await room.hear(approved())
    await room.hear(opt())
    await room.hear(link("everyone", "zoe@example.com"))
    await room.hear(a_command())
    assert recipients(room) == EVERYBODY
    assert await room.subscriptions.subscribers() == ()


async def test_nobody_subscribes_to_a_closed_list_or_to_none_but_whoever_is_on_it_stays() -> None:
    room = Room()
    await room.hear(opt())
    await put(room, "everyone", open=False)
    assert (await room.hear(opt("never"))).refusal.rule == "unknown-list"
    await room.hear(DeleteList(actor=ADMIN, list_name="bad-ones"))
    other = an_actor("y@example.com")
    closed = ChangeOptIn(actor=other, list_name="everyone", email=other.email, opted_in=True)
    assert (await room.hear(closed)).refusal.rule == "closed-list"
    assert await room.subscriptions.subscribers(["everyone"]) == (Subscriber(list="everyone", email="zoe@example.com"),)
    assert (await room.hear(opt(opted_in=False))).data["subscribed"] is False
    assert await room.subscriptions.subscribers() == ()


async def test_whoever_unsubscribes_before_their_mail_goes_out_gets_none_and_all_others_do() -> None:
    room = Room()
    await room.hear(approved())
    await room.hear(a_command())
    await room.hear(DELIVER)
    await room.hear(link("everyone", "a@example.com"))
    await room.hear(link("bad-ones", "b@example.com"))
    await room.mail()
    assert sorted(room.mailer.recipients()) == EVERYBODY[1:]
    (row,) = [row for row in room.ledger.kept.values() if row.recipient == "a@example.com"]
    assert (row.state, row.reply) == (State.SUPPRESSED, "not sent: unsubscribed since it was published")
    await room.tick()
    assert room.bus.names().count("DeliveryCompleted.v1") == 1


async def test_whoever_comes_back_before_their_mail_is_written_gets_it_after_all() -> None:
    room = Room()
    await room.hear(approved())
    await room.hear(a_command())
    await room.hear(DELIVER)
    writing = room.writing()
    (row,) = [row for row in room.ledger.kept.values() if row.recipient == "a@example.com"]
    await room.hear(link("everyone", row.recipient))
    await writing.look([row])
    back = ChangeSubscription(actor=ADMIN, list_name="everyone", email=row.recipient, subscribed=True)
    assert (await room.hear(back)).data["unsubscribed"] is False
    await writing.look([row])
    assert isinstance(await writing.write(row), bytes)


async def test_the_reach_of_a_list_counts_each_person_once_and_tells_the_asker_how_it_stands() -> None:
    room = Room()
    await put(room, "inner", "a@example.com", "x@example.com", severities=("sev5",))
    await put(room, "outer", "a@example.com", "b@example.com", includes=("inner", "bad-ones"))
    await room.hear(opt("outer"))
    await room.hear(opt("inner"))
    await room.hear(link("outer", "x@example.com"))
    await room.hear(DeleteList(actor=ADMIN, list_name="inner"))
    await put(room, "inner", "a@example.com", "x@example.com")
    room.lists.states.pop(list_id("bad-ones"))
    reply = await room.hear(ShowReach(actor=ZOE, list_name="outer"))
    assert reply.data == {
        "recipients": 3,
        "members": 2,
        "subscribers": 1,
        "unsubscribed": 1,
        "includes": [{"name": "inner", "recipients": 3}],
        "missing": ["bad-ones"],
        "you": {"receives": True, "subscribed": True, "unsubscribed": False},
    }
    for name in ("never", "involved"):
        assert (await room.hear(ShowReach(actor=ZOE, list_name=name))).refusal.rule == "unknown-list"


async def test_two_lists_put_at_once_may_close_a_circle_and_then_everybody_on_it_is_mailed_and_it_is_said() -> None:
    room = Room()
    await put(room, "x", "x@example.com")
    await put(room, "y", "y@example.com", includes=("x",))
    found = room.lists.states[list_id("x")]
    inner = found.list.model_copy(update={"includes": ("y",)})
    room.lists.states[list_id("x")] = found.model_copy(update={"list": inner})
    await room.hear(approved())
    with capture_logs() as logs:
        await room.hear(a_command())
    assert {"x@example.com", "y@example.com"} <= set(recipients(room))
    assert [set(each["circle"]) for each in logs if "circle" in each] == [{"x", "y"}]


@pytest.mark.parametrize("restart", [True, False])
async def test_a_list_that_is_deleted_while_another_includes_it_is_warned_of(restart: bool) -> None:
    room = Room()
    await put(room, "inner")
    await put(room, "outer", includes=("inner",))
    with capture_logs() as logs:
        assert (await room.hear(DeleteList(actor=ADMIN, list_name="inner"))).refusal is None
        if restart:
            await follow_policy(room.deps)
    warned = [(each["list"], each["includes"]) for each in logs if each["log_level"] == "warning"]
    assert warned == [("outer", "inner")] * (2 if restart else 1)
