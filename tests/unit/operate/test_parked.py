"""Parked messages as people see them, and as they go back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
import pytest

from deploy.operate.parked import Wanted
from deploy.operate.pictures import brief
from shared.messaging import retry
from shared.messaging.envelope import unsaid
from shared.messaging.parked import PARKINGS, Parked, moment, parked, pretty, redriven
from shared.messaging.retry import Permanent
from tests.helpers.builders import NOW, PM, an_incident_event
from tests.helpers.wire import to_amqp

QUEUE = "drafting.IncidentReported.v1"
PARKING = f"parking.{QUEUE}"


def a_parked_message(**headers: Any) -> aio_pika.Message:
    """A message as the kernel parks it, after it waited once."""
    message = to_amqp(unsaid(an_incident_event(), id="e-1", room="gateway", time=NOW), reply_to="gateway.replies.1")
    error = Permanent("no owner\n  for checkout")
    message.headers = {
        **retry.parked_headers(
            retry.waiting_headers(message.headers, error, 1, NOW), error, 2, QUEUE, "1.2.3", NOW + timedelta(seconds=2)
        ),
        "x-delivery-count": 3,
        **headers,
    }
    return message


def test_the_list_shows_what_the_kernel_wrote_down() -> None:
    assert parked(a_parked_message(), PARKING) == Parked(
        QUEUE, "e-1", "IncidentReported.v1", PM, NOW, 2, 0, "Permanent: no owner for checkout"
    )


def test_a_message_of_which_nothing_is_known_is_shown_all_the_same() -> None:
    shown = parked(aio_pika.Message(b"\xff", headers={"x-attempt": "often", "ce-time": "noon"}), PARKING)
    assert shown == Parked(QUEUE, "-", "", "", None, 0, 0, "")
    assert shown.as_json()["said"] is None


@pytest.mark.parametrize(
    ("reason", "told"), [("delivery_limit", "its hearer died"), ("rejected", "put here by the broker: rejected")]
)
def test_what_the_broker_itself_parked_has_its_reason(reason: str, told: str) -> None:
    assert told in parked(aio_pika.Message(b"", headers={"x-first-death-reason": reason}), PARKING).error


def test_a_message_never_goes_to_a_queue_that_is_none_of_ours() -> None:
    assert parked(a_parked_message(**{"x-queue": "somebody.else"}), PARKING).queue == QUEUE


def test_what_goes_back_keeps_ids_body_and_since_when_it_fails_and_loses_the_rest() -> None:
    message = a_parked_message(traceparent="00-1-2-01")
    back = redriven(message)
    assert (back.body, back.message_id, back.correlation_id) == (message.body, "e-1", "e-1")
    assert (back.type, back.reply_to, back.timestamp) == (message.type, "gateway.replies.1", message.timestamp)
    assert back.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    ours = {key for key in back.headers if not key.startswith("ce-")}
    assert ours == {"x-attempt", "x-redriven", "x-first-seen", "traceparent"}
    assert (back.headers["x-attempt"], back.headers["x-redriven"]) == (0, 1)
    assert back.headers["ce-id"] == "e-1"


def test_going_back_is_counted() -> None:
    assert redriven(redriven(a_parked_message())).headers["x-redriven"] == 2


def test_every_queue_of_every_room_has_a_parking() -> None:
    assert PARKINGS[PARKING] == QUEUE
    assert PARKINGS["parking.calendar.WriteMeeting.v1"] == "calendar.WriteMeeting.v1"


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        (Wanted(), True),
        (Wanted(id="e-1"), True),
        (Wanted(id="e-2"), False),
        (Wanted(since=NOW), True),
        (Wanted(until=NOW), False),
        (Wanted(since=NOW + timedelta(seconds=1)), False),
        (Wanted(since=NOW, until=NOW + timedelta(seconds=1)), True),
    ],
)
def test_ids_and_times_narrow_what_is_meant(wanted: Wanted, meant: bool) -> None:
    assert wanted.takes(parked(a_parked_message(), PARKING)) is meant


def test_a_message_without_a_time_is_in_no_period() -> None:
    timeless = parked(aio_pika.Message(b""), PARKING)
    assert Wanted().takes(timeless)
    assert not Wanted(since=NOW).takes(timeless)


def test_a_time_without_an_offset_is_utc() -> None:
    assert moment("2026-03-02") == datetime(2026, 3, 2, tzinfo=UTC)
    assert moment("2026-03-02T13:00:00+01:00") == NOW
    assert moment(None) is None


def test_the_list_has_the_beginning_of_a_long_error() -> None:
    assert brief("title: is missing For further information visit https://example.com/") == "title: is missing"
    assert brief("x" * 200) == "x" * 99 + "…"
    assert brief("short") == "short"


@pytest.mark.parametrize(
    ("body", "shown"), [(b'{"a":"\xc3\xa4"}', '{\n  "a": "ä"\n}'), (b"not json", "not json"), (b"\xff{", "\\xff{")]
)
def test_every_body_can_be_read(body: bytes, shown: str) -> None:
    assert pretty(body) == shown
