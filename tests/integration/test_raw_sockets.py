"""The front door on a real socket: HTTP that no client of good will would send."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
import uvicorn

from shared.messaging.heads import BoundedHeads
from tests.helpers.front_door import Door
from tests.unit.gateway.test_front_door import EVENT

BODY = json.dumps(EVENT).encode()
PATIENCE_S = 20.0
KEY = b"Authorization: Bearer key-tool\r\n"


@dataclass
class Listening:
    """The front door behind a socket."""

    door: Door
    port: int

    async def say(self, *parts: bytes) -> list[bytes]:
        """Send these bytes and nothing more; return every answer that comes until the server hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        heard = b""
        async with asyncio.timeout(PATIENCE_S):
            with suppress(ConnectionError):  # it may hang up on what is still on its way
                writer.write(b"".join(parts))
                await writer.drain()
                while some := await reader.read(65536):
                    heard += some
        writer.close()
        return [b"HTTP/1.1 " + each for each in heard.split(b"HTTP/1.1 ")[1:]]

    async def break_off(self, part: bytes) -> None:
        """Send these bytes and hang up."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(part)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture(scope="module")
def served() -> Iterator[Listening]:
    """The front door over fakes, on a socket, for all tests of this file."""
    door = Door()
    quiet: dict[str, Any] = {"lifespan": "off", "log_level": "critical", "access_log": False}
    config = uvicorn.Config(door.app, host="127.0.0.1", port=0, http=BoundedHeads, **quiet)
    server = uvicorn.Server(config)
    serving = Thread(target=server.run)
    serving.start()
    deadline = time.monotonic() + PATIENCE_S
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield Listening(door, server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    serving.join(PATIENCE_S)


@pytest.fixture
def listening(served: Listening) -> Listening:
    """The same, with nothing in it."""
    served.door.messages.said.clear()
    served.door.messages.parked.clear()
    served.door.commands.given.clear()
    return served


def request(*headers: bytes, body: bytes = b"", line: bytes = b"POST /v1/incidents HTTP/1.1") -> bytes:
    """Write a request whose headers are exactly these."""
    return b"\r\n".join((line, b"Host: test", *headers, b"", b"")) + body


def length(body: bytes) -> bytes:
    return b"Content-Length: %d" % len(body)


KNOWN = (b"Authorization: Bearer key-tool", b"Content-Type: application/json")


async def test_a_good_request_is_taken(listening: Listening) -> None:
    (answer,) = await listening.say(request(*KNOWN, length(BODY), b"Connection: close", body=BODY))
    assert answer.startswith(b"HTTP/1.1 202 ")
    assert len(listening.door.messages.said) == 1


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"GET\r\n\r\n",
        request(line=b"POST /v1/incidents HTTP/one"),
        request(line=b"POST /v1/inci dents HTTP/1.1"),
        request(line=b"P\x00ST /v1/incidents HTTP/1.1"),
        request(*KNOWN, b"X: a\x00b"),
        request(*KNOWN, b"X: a\rb"),
        request(*KNOWN, b"X : a"),
        request(*KNOWN, b" folded"[1:]),
        request(*KNOWN, b"\xff\xfe: a"),
        request(*KNOWN, b"Content-Length: -1", body=BODY),
        request(*KNOWN, b"Content-Length: 1e3", body=BODY),
        request(*KNOWN, b"Content-Length: 10", b"Content-Length: 20", body=BODY),
        request(*KNOWN, b"Transfer-Encoding: gzip", body=BODY),
        request(*KNOWN, b"Transfer-Encoding: chunked", body=b"zz\r\n" + BODY),
        request(*KNOWN, b"Transfer-Encoding: chunked", body=b"FFFFFFFFFFFFFFFFFFFFFF\r\n" + BODY),
    ],
    ids=range(16),
)
async def test_what_is_no_http_is_answered_with_400_and_goes_no_further(listening: Listening, bytes_: bytes) -> None:
    answers = await listening.say(bytes_)
    assert [answer.split(b" ")[1] for answer in answers] in ([b"400"], [b"501"])
    assert not listening.door.messages.said
    assert not listening.door.messages.parked


@pytest.mark.parametrize("more", [b"x" * 1000, b"\r\nX: " + b"x" * 1000])
async def test_headers_without_an_end_are_given_up(listening: Listening, more: bytes) -> None:
    answers = await listening.say(request(*KNOWN, b"X: " + more * 4000)[:-4])
    assert all(answer.startswith(b"HTTP/1.1 400 ") for answer in answers)
    assert not listening.door.messages.said


async def test_headers_that_are_long_and_end_are_read(listening: Listening) -> None:
    headers = (*KNOWN, b"X: " + b"x" * 30_000, length(BODY), b"Connection: close")
    (answer,) = await listening.say(request(*headers, body=BODY))
    assert answer.startswith(b"HTTP/1.1 202 ")


@pytest.mark.parametrize("order", [0, 1])
async def test_a_second_request_is_not_smuggled_behind_the_first(listening: Listening, order: int) -> None:
    inner = request(*KNOWN, length(BODY), body=BODY)
    frames = [length(b"0\r\n\r\n" + inner), b"Transfer-Encoding: chunked"]
    sent = request(*KNOWN, *(frames if order else reversed(frames)), body=b"0\r\n\r\n" + inner)
    answers = await listening.say(sent)
    assert [answer.split(b" ")[1] for answer in answers] == [b"400"]
    assert not listening.door.messages.said


async def test_of_a_body_that_breaks_off_nothing_is_kept(listening: Listening) -> None:
    for cut in (0, 1, len(BODY) // 2, len(BODY) - 1):
        await listening.break_off(request(*KNOWN, length(BODY), body=BODY[:cut]))
        chunk = b"%x\r\n" % len(BODY) + BODY[:cut]
        await listening.break_off(request(*KNOWN, b"Transfer-Encoding: chunked", body=chunk))
    await listening.say(request(*KNOWN, length(BODY), b"Connection: close", body=BODY))
    assert len(listening.door.messages.said) == 1


async def test_what_stands_behind_a_body_is_another_request(listening: Listening) -> None:
    answers = await listening.say(request(*KNOWN, length(BODY), body=BODY + b"{}\r\n\r\n"))
    assert [answer.split(b" ")[1] for answer in answers] in ([b"202", b"400"], [b"400"])
    assert len(listening.door.messages.said) <= 1


async def test_a_header_cannot_put_another_one_into_the_answer(listening: Listening) -> None:
    bent = b"X-Request-Id: good%0d%0aSet-Cookie:%20a=b"
    (answer,) = await listening.say(request(*KNOWN, length(BODY), bent, b"Connection: close", body=BODY))
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"set-cookie" not in head
    bent_path = b"GET /v1/postmortems/%0d%0aSet-Cookie:a=b HTTP/1.1"
    (answer,) = await listening.say(request(KNOWN[0], b"Connection: close", line=bent_path))
    assert b"\r\nset-cookie" not in answer.partition(b"\r\n\r\n")[0].lower()


async def test_a_body_without_an_end_is_given_up_at_the_limit(listening: Listening) -> None:
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    answers = await listening.say(request(*KNOWN, b"Transfer-Encoding: chunked", body=chunk * 40))
    assert all(answer.startswith(b"HTTP/1.1 413 ") and b"body-too-large" in answer for answer in answers)
    assert not listening.door.messages.said
