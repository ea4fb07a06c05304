"""Names on the wire, what a message looks like there, and who hears what."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.contracts import COMMANDS, EVENTS
from shared.contracts.events import DraftCreated
from shared.messaging import retry, topology
from shared.messaging.documents import NotYet
from shared.messaging.envelope import LARGEST, Unreadable, read, unsaid
from tests.helpers.builders import NOW, PM, a_draft, an_incident_event
from tests.helpers.wire import to_amqp

ROOMS = ("drafting", "review", "calendar", "distribution", "gateway")


def test_an_event_is_a_cloudevent_in_amqp_headers() -> None:
    message = to_amqp(unsaid(a_draft(DraftCreated), id="e-1", room="drafting", time=NOW, causation_id="c-1"))
    assert message.headers == {
        "ce-specversion": "1.0",
        "ce-id": "e-1",
        "ce-source": "afterword/drafting",
        "ce-type": "DraftCreated.v1",
        "ce-time": "2026-03-02T12:00:00+00:00",
        "ce-subject": PM,
        "x-causation-id": "c-1",
    }
    assert (message.message_id, message.type, message.content_type, message.delivery_mode) == (
        "e-1",
        "DraftCreated.v1",
        "application/json",
        2,
    )


def test_what_is_said_is_read_back() -> None:
    said = a_draft(DraftCreated)
    message = to_amqp(unsaid(said, id="e-1", room="drafting", time=NOW, traceparent="00-a-b-01"))
    heard = read(
        message.body,
        message.headers,
        message_id=message.message_id,
        routing_key="DraftCreated.v1",
        correlation_id=message.correlation_id,
    )
    assert (heard.id, heard.name, heard.data, heard.traceparent) == ("e-1", "DraftCreated.v1", said, "00-a-b-01")
    assert heard.time == NOW


@pytest.mark.parametrize(
    ("told", "time"),
    [("2026-03-02T13:00:00+01:00", NOW), ("2026-03-02T12:00:00Z", NOW), ("noon", None), ("2026-03-02T12:00", None)],
)
def test_a_sender_may_write_the_time_as_it_likes(told: str, time: datetime | None) -> None:
    message = to_amqp(unsaid(a_draft(DraftCreated), id="e-1", room="drafting", time=NOW))
    message.headers["ce-time"] = told
    assert read(message.body, message.headers, message_id="e-1", routing_key="DraftCreated.v1").time == time


def test_a_message_that_says_it_is_another_than_it_came_as_is_refused() -> None:
    message = to_amqp(unsaid(a_draft(DraftCreated), id="e-1", room="drafting", time=NOW))
    message.headers["ce-type"] = "distribution.PublishPostmortem.v1"
    with pytest.raises(Unreadable, match="ce-type"):
        read(message.body, message.headers, message_id="e-1", routing_key="DraftCreated.v1")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_a_handler_for_exactly_what_its_queues_bring(room: str) -> None:
    handlers = import_module(f"services.{room}.handlers").HANDLERS
    assert set(handlers) == {key for _, _, key in topology.bindings(room)}


def test_every_event_is_heard_by_somebody_and_every_command_has_one_room() -> None:
    heard = {name for names in topology.HEARS.values() for name in names}
    assert not heard & topology.OUTSIDE
    assert heard | topology.OUTSIDE == set(EVENTS)
    assert {key for room in ROOMS for _, _, key in topology.bindings(room)} == heard | set(COMMANDS)


def test_queues_are_named_by_room_and_message() -> None:
    assert topology.queue_of("review", "DraftCreated.v1") == "review.DraftCreated.v1"
    assert topology.queue_of("review", "review.GiveVerdict.v1") == "review.GiveVerdict.v1"
    assert topology.exchange_of("IncidentReported.v1") == "afterword.incidents"
    assert topology.exchange_of("review.GiveVerdict.v1") == "afterword.commands"
    assert topology.exchange_of("Published.v1") == "afterword.events"


def test_a_body_over_the_limit_is_not_even_parsed() -> None:
    with pytest.raises(Unreadable, match=r"body: 4,194,305 bytes; 4,194,304 is the most"):
        read(b"x" * (LARGEST + 1), {"ce-id": "1"}, message_id=None, routing_key="MeetingEnded.v1")


def waits(attempt: int, id: str) -> int:
    """How long a message waits after its n-th attempt, in milliseconds."""
    return int(topology.retry_exchange(attempt, id).rpartition(".")[2])


def test_waiting_gets_longer_and_then_stays() -> None:
    delays = [waits(n, "e-1") for n in range(1, topology.MAX_ATTEMPTS)]
    ladder = len(topology.RETRY_MS)
    assert delays[:ladder] == sorted(delays[:ladder])
    assert max(delays) <= 1.2 * topology.RETRY_MS[-1]
    assert sum(delays) / 1000 / 3600 >= 3.5  # hours


def test_what_failed_together_comes_back_spread_over_the_queues_of_its_step() -> None:
    together = [waits(1, f"e-{n}") for n in range(300)]
    assert {together.count(delay) > 60 for delay in (400, 500, 600)} == {True}
    assert waits(1, "e-1") == waits(1, "e-1")


def test_every_way_to_wait_is_declared() -> None:
    used = {topology.retry_exchange(n, f"e-{id}") for n in range(1, 60) for id in range(50)}
    assert used == {topology.waiting(delay) for delay in topology.waiting_times()}


@pytest.mark.parametrize(
    ("error", "tried", "again"),
    [
        (NotYet(), 1, True),
        (TimeoutError(), 51, True),
        (TimeoutError(), 52, False),
        (ConnectionError(), 10, True),
        (KeyError("bug"), 1, True),
        (KeyError("bug"), 4, False),
        (Unreadable("x"), 1, False),
        (retry.Permanent("x"), 1, False),
    ],
)
def test_what_passes_waits_and_what_does_not_is_parked(error: Exception, tried: int, again: bool) -> None:
    assert retry.may_try_again(error, tried, retry.PASSING) is again


@pytest.mark.parametrize(
    ("headers", "tried"), [({}, 0), ({"x-attempt": 3}, 3), ({"x-attempt": "3"}, 0), ({"x-attempt": -1}, 0)]
)
def test_a_count_that_nobody_can_read_starts_anew(headers: dict[str, object], tried: int) -> None:
    assert retry.attempt_of(headers) == tried


def test_what_is_said_of_a_parked_message_names_its_fields_and_not_what_stood_in_them() -> None:
    body = b'{"occurred_at": "the secret, input_type=str", "kind": "a secret too", "people": "and this secret"}'
    with pytest.raises(Unreadable) as refused:
        read(body, {"ce-id": "1"}, message_id=None, routing_key="IncidentReported.v1")
    headers = retry.parked_headers({}, refused.value, 1, "drafting.IncidentReported.v1", "0.1.0", NOW)
    for told in (str(refused.value), headers["x-error"], headers["x-traceback"]):
        assert "\nkind\n" in told
        assert "secret" not in told


def test_a_value_that_a_document_could_not_hold_is_not_repeated_either() -> None:
    row = {"n": "the secret"}
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(dict[str, int]).validate_python(row)
    headers = retry.parked_headers({}, refused.value, 3, "drafting.IncidentReported.v1", "0.1.0", NOW)
    assert "secret" not in headers["x-error"] + headers["x-traceback"]
    assert "valid integer" in headers["x-error"]


def test_a_parked_message_says_what_happened() -> None:
    try:
        an_incident_event(occurred_at="yesterday")
    except ValueError as error:
        headers = retry.parked_headers(
            {"ce-id": "1", "x-death": [], "x-delivery-count": 2}, error, 4, "review.X.v1", "0.1.0", NOW
        )
    assert headers["ce-id"] == "1"
    assert "x-death" not in headers
    assert "x-delivery-count" not in headers
    assert headers["x-error"].startswith("ValidationError")
    assert (headers["x-attempt"], headers["x-queue"], headers["x-version"]) == (4, "review.X.v1", "0.1.0")
    assert "Traceback" in headers["x-traceback"]


def test_a_message_that_its_hearer_dies_of_is_kept_apart_and_parked_in_the_end() -> None:
    retry.keep_apart({"x-delivery-count": 2})
    headers: dict[str, object] = {"ce-id": "1"}
    for tried in range(1, 4):
        with pytest.raises(retry.Died) as died:
            retry.keep_apart({**headers, "x-delivery-count": 3})
        assert retry.may_try_again(died.value, tried, retry.PASSING)
        headers = retry.waiting_headers({**headers, "x-delivery-count": 3}, died.value, tried, NOW)
    retry.keep_apart(headers)
    with pytest.raises(retry.Permanent, match="12 times"):
        retry.keep_apart({**headers, "x-delivery-count": 3})


def test_when_a_message_first_failed_is_kept_through_every_attempt() -> None:
    error, later = TimeoutError("slow"), NOW + timedelta(hours=1)
    first = retry.waiting_headers({"ce-id": "1"}, error, 1, NOW)
    second = retry.waiting_headers(first, error, 2, later)
    parked = retry.parked_headers(second, error, 3, "review.X.v1", "0.1.0", later)
    assert parked["x-first-seen"] == NOW.isoformat()
    assert parked["x-parked-at"] == later.isoformat()
