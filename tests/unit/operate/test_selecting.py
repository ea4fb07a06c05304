"""Which events of the log are replayed, and what can be rebuilt."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from deploy.local.errors import LocalError
from deploy.operate.building import refuse_loss
from deploy.operate.rebuild import refuse_others
from deploy.operate.selecting import Wanted, replayed, target, targets
from shared.messaging import topology
from shared.messaging.envelope import unsaid
from tests.helpers.builders import NOW, PM, an_incident_event
from tests.helpers.wire import to_amqp

HOUR = timedelta(hours=1)
PLACES = targets("drafting")


def kept(
    name: str = "IncidentReported.v1", exchange: str = topology.INCIDENTS, **fields: Any
) -> AbstractIncomingMessage:
    """An incident event as the log gives it."""
    message = to_amqp(unsaid(an_incident_event(), id="e-1", room="gateway", time=NOW))
    headers = {**message.headers, "x-stream-offset": 7, **fields.pop("headers", {})}
    names = (
        "content_type",
        "content_encoding",
        "message_id",
        "type",
        "correlation_id",
        "reply_to",
        "timestamp",
        "app_id",
    )
    properties = {name: getattr(message, name) for name in names}
    whole = {
        "body": message.body,
        **properties,
        "headers": headers,
        "routing_key": name,
        "exchange": exchange,
        **fields,
    }
    return cast("AbstractIncomingMessage", SimpleNamespace(**whole))


def test_a_room_is_given_what_it_hears_in_its_own_queues() -> None:
    assert target(kept(), PLACES, Wanted()) == "drafting.IncidentReported.v1"
    assert target(kept("Published.v1", topology.EVENTS), PLACES, Wanted()) == "drafting.Published.v1"
    for room in topology.HEARS:
        assert set(targets(room).values()) <= {queue for queue, _, _ in topology.bindings(room)}


@pytest.mark.parametrize(
    ("name", "exchange"),
    [
        ("DraftCreated.v1", topology.EVENTS),  # another room's
        ("IncidentReported.v1", topology.EVENTS),  # came where its sayers may not say it
        (topology.LOG, ""),  # a mark of ours
        ("Unknown.v1", topology.EVENTS),
    ],
)
def test_a_room_is_given_nothing_that_did_not_come_to_it_then(name: str, exchange: str) -> None:
    assert target(kept(name, exchange), PLACES, Wanted()) is None


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        (Wanted(messages=frozenset({"IncidentReported.v1"})), True),
        (Wanted(messages=frozenset({"Published.v1"})), False),
        (Wanted(subject=PM), True),
        (Wanted(subject="another"), False),
        (Wanted(since=NOW), True),
        (Wanted(since=NOW + HOUR), False),
        (Wanted(until=NOW), False),
        (Wanted(since=NOW - HOUR, until=NOW + HOUR), True),
        (Wanted(subject=PM, until=NOW - HOUR), False),
    ],
)
def test_names_subject_and_times_narrow_what_is_meant(wanted: Wanted, meant: bool) -> None:
    assert (target(kept(), PLACES, wanted) is not None) is meant


def test_the_subject_is_what_the_room_takes_it_for_whatever_the_header_says() -> None:
    foreign = kept(headers={"ce-subject": "INC-42"})
    assert Wanted(subject=PM).takes(foreign)
    assert not Wanted(subject="INC-42").takes(foreign)
    assert Wanted(subject="INC-42").takes(kept(body=b"no json", headers={"ce-subject": "INC-42"}))


def test_a_message_without_a_time_is_in_no_period() -> None:
    timeless = kept(headers={"ce-time": ""}, timestamp=None)
    assert Wanted().takes(timeless)
    assert not Wanted(since=NOW).takes(timeless)


def test_a_message_is_said_again_as_it_was_and_marked() -> None:
    before = kept(headers={"traceparent": "00-1-2-01"})
    again = replayed(before)
    for name in ("body", "message_id", "type", "correlation_id", "timestamp", "content_type", "app_id", "reply_to"):
        assert getattr(again, name) == getattr(before, name)
    assert again.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    expected = {key: value for key, value in before.headers.items() if key != "x-stream-offset"}
    assert again.headers == {**expected, "x-replayed": True}


def test_only_the_messages_asked_for_are_looked_for() -> None:
    assert set(targets("drafting", ["Published.v1"]).values()) == {"drafting.Published.v1"}


@pytest.mark.parametrize(
    ("room", "name", "told"),
    [
        ("drafts", "Published.v1", "the rooms are drafting, review"),
        ("review", "MeetingEnded.v1", "it hears DraftCreated"),
    ],
)
def test_rooms_and_messages_that_do_not_exist_are_told_with_those_that_do(room: str, name: str, told: str) -> None:
    with pytest.raises(LocalError, match=told):
        targets(room, [name])


def test_a_room_that_decides_is_not_rebuilt() -> None:
    refuse_others("gateway")
    with pytest.raises(LocalError, match="what it decided, did and still has to say"):
        refuse_others("distribution")


def test_what_the_log_cannot_bring_back_is_not_replaced() -> None:
    refuse_loss({}, 2)
    with pytest.raises(LocalError, match=r"lacks 3 facts about 2 of 7 postmortems \(b\)"):
        refuse_loss({"library": {"b": {"8", "9"}}, "lists": {"a": {"1"}}}, 7)
