"""What holds for every route: methods, headers, compression, request ids and traces."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from services.gateway.adapters import BusMessages
from services.gateway.domain import trace
from services.gateway.domain.view import View, project
from services.gateway.handlers.compression import takes_gzip
from services.gateway.ports import TRACEPARENT
from shared.contracts.base import BaseMessage
from shared.contracts.decision import Reply
from shared.contracts.events import DraftCreated
from shared.messaging.broker import Bus
from shared.messaging.envelope import Unsaid
from shared.testing import FixedClock
from tests.helpers.builders import NOW, PM, a_draft, an_incident_event
from tests.helpers.front_door import Door, FakeMessages, is_problem

ONE = f"/v1/postmortems/{PM}"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@dataclass
class TracedMessages(FakeMessages):
    """Keeps the trace of every command."""

    traces: list[str | None] = field(default_factory=list)

    async def ask(self, id: str, command: BaseMessage, patience: float) -> Reply | None:
        self.traces.append(TRACEPARENT.get())
        return await super().ask(id, command, patience)


class BrokenMessages(FakeMessages):
    """Fails in a way that nobody expects."""

    async def ask(self, id: str, command: BaseMessage, patience: float) -> Reply | None:
        raise ZeroDivisionError(id)


class RecordingBus(Bus):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__("amqp://127.0.0.1:1/", "gateway")
        self.said: list[Unsaid] = []

    async def publish(self, message: Unsaid, reply_to: str | None = None) -> None:
        self.said.append(message)


def drafted(messages: FakeMessages | None = None) -> Door:
    view = project(View(id=PM), a_draft(DraftCreated), (NOW, "e-1"))
    return Door(messages=messages or FakeMessages(), views={PM: view})


async def paths(door: Door) -> dict[str, dict[str, Any]]:
    spec = (await door.send("GET", "/openapi.json")).json()["paths"]
    return {path.replace("{id}", PM).replace("{source}", "pagerduty"): verbs for path, verbs in spec.items()}


async def test_head_answers_as_get_does_with_no_body() -> None:
    door = drafted()
    door.hub.close()  # streams end at once
    readable = [path for path, verbs in (await paths(door)).items() if "get" in verbs]
    for path in (*readable, "/health/live", "/docs", f"/postmortems/{PM}", "/v1/nothing"):
        got, head = await door.send("GET", path), await door.send("HEAD", path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        same = set(got.headers) - {"x-request-id", "ratelimit"}  # the second one has one less left
        assert {name: head.headers[name] for name in same} == {name: got.headers[name] for name in same}


async def test_options_and_a_wrong_method_say_what_is_allowed() -> None:
    door = drafted()
    for path, verbs in (await paths(door)).items():
        allowed = {verb.upper() for verb in verbs} | {"OPTIONS"} | ({"HEAD"} if "get" in verbs else set())
        options = await door.send("OPTIONS", path, role=None)
        assert (options.status_code, set(options.headers["Allow"].split(", "))) == (204, allowed), path
        wrong = await door.send("LOCK", path)
        assert is_problem(wrong, 405, "method-not-allowed")
        assert wrong.headers["Allow"] == options.headers["Allow"]
    assert is_problem(await door.send("OPTIONS", "/v1/nothing"), 404, "not-found")


async def test_an_address_with_a_slash_too_many_is_not_redirected_to_where_the_caller_says() -> None:
    answer = await drafted().send("GET", ONE + "/", headers={"Host": "elsewhere.example.com"})
    assert is_problem(answer, 404, "not-found")


async def test_scripts_of_other_sites_are_told_nothing() -> None:
    headers = {"Origin": "https://elsewhere.example.com", "Access-Control-Request-Method": "GET"}
    for method in ("OPTIONS", "GET"):
        answer = await drafted().send(method, ONE, headers=headers)
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_every_answer_keeps_browsers_careful_and_caches_away() -> None:
    door = drafted(BrokenMessages())
    for method, path in (("GET", ONE), ("GET", "/v1/nothing"), ("GET", "/docs"), ("POST", f"{ONE}/publish")):
        with capture_logs():
            headers = (await door.send(method, path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Request-Id"]


async def test_larger_answers_are_compressed_for_whoever_takes_it() -> None:
    door = drafted()
    plain = await door.send("GET", ONE, headers={"Accept-Encoding": "gzip;q=0"})
    small = await door.send("GET", "/v1/nothing", headers={"Accept-Encoding": "gzip"})
    packed = await door.send("GET", ONE, headers={"Accept-Encoding": "gzip"})
    assert [answer.headers.get("Content-Encoding") for answer in (plain, small, packed)] == [None, None, "gzip"]
    assert {answer.headers["Vary"] for answer in (plain, small, packed)} == {"Accept-Encoding"}
    assert packed.json() == plain.json()


@pytest.mark.parametrize(
    ("given", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("", False),
        ("identity", False),
        ("notgzip", False),
    ],
)
def test_gzip_is_taken_when_it_is_named_or_meant(given: str, takes: bool) -> None:
    assert takes_gzip(given) is takes


async def test_a_caller_s_request_id_comes_back_and_a_strange_one_is_replaced() -> None:
    door = drafted()
    assert (await door.send("GET", ONE, headers={"X-Request-Id": "req-1.a"})).headers["X-Request-Id"] == "req-1.a"
    for strange in ("", "x" * 129, "a b", "ä", "a,b"):
        answer = await door.send("GET", "/v1/nothing", headers={"X-Request-Id": strange.encode()})
        assert is_problem(answer, 404, "not-found")
        assert answer.headers["X-Request-Id"] not in ("", strange)


async def test_a_bug_tells_the_caller_nothing_but_where_to_look() -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        answer = await drafted(BrokenMessages()).send("POST", f"{ONE}/publish", headers={"X-Request-Id": "req-2"})
    assert is_problem(answer, 500, "internal-error")
    assert "division" not in answer.text.lower()
    assert [entry["request_id"] for entry in logs if entry["event"] == "unexpected error"] == ["req-2"]


async def test_a_trace_goes_on_with_what_a_request_causes() -> None:
    messages = TracedMessages()
    door = drafted(messages)
    await door.send("POST", f"{ONE}/publish", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    await door.send("POST", f"{ONE}/publish", headers={"traceparent": "nonsense"})
    await door.send("POST", f"{ONE}/publish")
    goes_on, *new = map(trace.trace_of, messages.traces)
    assert goes_on == (TRACE, "01")
    assert f"-{PARENT}-" not in str(messages.traces[0])
    assert all(new)
    assert len({goes_on, *new}) == 3


async def test_a_message_carries_the_trace_of_its_request() -> None:
    bus = RecordingBus()
    TRACEPARENT.set(f"00-{TRACE}-{PARENT}-01")
    await BusMessages(bus, FixedClock(NOW)).report("e-1", an_incident_event())
    assert [message.traceparent for message in bus.said] == [f"00-{TRACE}-{PARENT}-01"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (f"00-{TRACE}-{PARENT}-01", (TRACE, "01")),
        (f"cc-{TRACE}-{PARENT}-01-what-comes-later", (TRACE, "01")),
        (f"00-{TRACE}-{PARENT}-01-more", None),
        (f"ff-{TRACE}-{PARENT}-01", None),
        (f"00-{'0' * 32}-{PARENT}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{PARENT}-01", None),
        ("", None),
        (None, None),
    ],
)
def test_a_trace_is_what_the_standard_says(given: str | None, found: tuple[str, str] | None) -> None:
    assert trace.trace_of(given) == found
