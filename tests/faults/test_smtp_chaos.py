"""The bad day itself: in fair weather it changes nothing, and what it refuses or takes is known."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator
from random import Random

import pytest

from tests.faults.smtp_chaos import Broken, Chaos, Phase, Weather, chaotic
from tests.faults.smtp_sink import Copy, Sink, keeping

MAIL = b"Subject: x\r\n\r\n.a dot\r\n..two\r\nlast\r\n"
FAIR = Weather()


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with keeping(frozenset({"bad@example.com"})) as made:
        yield made


@pytest.fixture
async def chaos(sink: Sink) -> AsyncIterator[Chaos]:
    async with chaotic(sink.port, FAIR, Random(1)) as made:  # noqa: S311
        yield made


def send(port: int, *recipients: str) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        return client.sendmail("a@example.com", recipients, MAIL)


async def test_in_fair_weather_a_mail_arrives_as_it_is(chaos: Chaos, sink: Sink) -> None:
    refused = await asyncio.to_thread(send, chaos.port, "b@example.com", "bad@example.com", "c@example.com")
    assert sink.copies == [Copy("a@example.com", ("b@example.com", "c@example.com"), MAIL)]
    assert list(refused) == ["bad@example.com"]
    assert chaos.refused == {"bad@example.com"}


async def test_whole_transactions_come_at_once_in_chunks(chaos: Chaos, sink: Sink) -> None:
    talk = b"EHLO x\r\n"
    for number in range(3):
        talk += b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b%d@example.com>\r\n" % number
        talk += b"BDAT 10\r\n" + MAIL[:10] + b"BDAT %d LAST\r\n" % len(MAIL[10:]) + MAIL[10:]
    await asyncio.to_thread(shout, chaos.port, talk + b"QUIT\r\n")
    assert sink.copies == [Copy("a@example.com", (f"b{number}@example.com",), MAIL) for number in range(3)]


def shout(port: int, words: bytes) -> bytes:
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(words)
        while b"221 " not in heard:
            heard += line.recv(65536)
    return heard


async def test_a_line_that_breaks_after_the_mail_was_taken_leaves_it_taken(chaos: Chaos, sink: Sink) -> None:
    def look(phase: Phase) -> None:
        if phase is Phase.TAKEN:
            raise Broken

    chaos.look = look
    with pytest.raises(smtplib.SMTPServerDisconnected):
        await asyncio.to_thread(send, chaos.port, "b@example.com")
    assert len(sink.to("b@example.com")) == 1


async def test_what_is_refused_never_reaches_the_relay_and_the_next_mail_does(sink: Sink) -> None:
    async with chaotic(sink.port, Weather(never=1.0), Random(1)) as chaos:  # noqa: S311
        refused = await asyncio.to_thread(refusals, chaos.port)
        assert refused == {"b@example.com"} == chaos.refused
        chaos.weather = FAIR
        await asyncio.to_thread(send, chaos.port, "b@example.com")
    assert len(sink.copies) == 1


def refusals(port: int) -> set[str]:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(port, "b@example.com")
    return set(caught.value.recipients)
