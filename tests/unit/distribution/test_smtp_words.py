"""What goes over the wire, and what comes back, byte by byte."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.adapters.smtp.envelope import chunk, dotted, is_address, lines, mail_from, rcpt_to, xtext
from services.distribution.adapters.smtp.offers import Offers
from services.distribution.adapters.smtp.rate import Gate
from services.distribution.adapters.smtp.replies import GarbageError, Replies, Reply
from services.distribution.domain import Parcel, Rate

ALL = Offers(pipelining=True, chunking=True, dsn=True, smtputf8=True, size=1000)
MAILS = st.lists(st.sampled_from([b"x", b".", b"\r", b"\n", b"\r\n", b"\r\n.\r\n", b"\r\n..\r\n"]), max_size=12).map(
    b"".join
)


@given(MAILS)
def test_a_text_for_data_ends_at_its_last_dot_only_and_reads_as_what_went_in(mail: bytes) -> None:
    wire = dotted(mail)
    assert wire.endswith(b"\r\n.\r\n") or wire == b".\r\n"
    *text, dot, after = wire.split(b"\r\n")
    assert (dot, after) == (b".", b"")
    assert b"." not in text
    assert b"".join((line[1:] if line.startswith(b".") else line) + b"\r\n" for line in text) == lines(mail)


@given(MAILS)
def test_no_bare_line_end_reaches_the_wire(mail: bytes) -> None:
    clean = lines(mail)
    assert clean.count(b"\n") == clean.count(b"\r") == clean.count(b"\r\n")
    assert lines(clean) == clean
    assert chunk(mail) == b"BDAT %d LAST\r\n" % len(clean) + clean


@given(st.text())
def test_a_parameter_is_printable_and_reads_as_what_went_in(text: str) -> None:
    value = xtext(text)
    assert all("!" <= sign <= "~" and sign != "=" for sign in value)
    first, *rest = value.split("+")
    assert first.encode() + b"".join(bytes.fromhex(each[:2]) + each[2:].encode() for each in rest) == text.encode()


def test_commands_have_only_what_a_relay_offers() -> None:
    parcel = Parcel("b+1@example.com", ("a@example.com",), b"12345", envid="7")
    assert mail_from(parcel, Offers()) == b"MAIL FROM:<b+1@example.com>\r\n"
    assert rcpt_to("a@example.com", Offers()) == b"RCPT TO:<a@example.com>\r\n"
    assert mail_from(parcel, ALL) == b"MAIL FROM:<b+1@example.com> SIZE=5 RET=HDRS ENVID=7\r\n"
    assert (
        rcpt_to("a@example.com", ALL) == b"RCPT TO:<a@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@example.com\r\n"
    )


def test_a_mail_without_a_sender_is_one_that_nobody_answers() -> None:
    assert mail_from(Parcel("", ("a@example.com",), b""), Offers()) == b"MAIL FROM:<>\r\n"


@given(
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=10),
    st.sampled_from(["\r\n", "\n", "\0", ">", " ", ";"]),
)
def test_what_could_end_a_command_is_no_address(text: str, evil: str) -> None:
    assert not is_address(f"a{evil}{text}@example.com")
    assert not is_address(f"a@example.com{evil}{text}")


@pytest.mark.parametrize(
    ("extensions", "offers"),
    [
        ({}, Offers()),
        ({"pipelining": "", "chunking": "", "dsn": "", "smtputf8": "", "size": "1000"}, ALL),
        ({"size": ""}, Offers(size=0)),
        ({"size": "many"}, Offers(size=0)),
    ],
)
def test_offers_are_read_from_what_a_relay_lists(extensions: dict[str, str], offers: Offers) -> None:
    assert Offers.of(extensions) == offers


def test_a_limit_of_nothing_is_no_limit() -> None:
    assert Offers(size=0).takes(10**9)
    assert Offers().takes(10**9)
    assert not ALL.takes(1001)


@given(st.lists(st.integers(1, 60), max_size=20))
def test_replies_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    text = b"250-one\r\n250 two\r\n354\r\n550 5.1.1 no such\xff person\r\n250-\r\n250-x\n250 y\r\n"
    replies = Replies()
    for size in [*cuts, len(text)]:
        replies.feed(text[:size])
        text = text[size:]
    assert list(replies.ready) == [
        Reply(250, "one two"),
        Reply(354, ""),
        Reply(550, "5.1.1 no such� person"),
        Reply(250, "x y"),
    ]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n",
        b"hello\r\n",
        b"199 x\r\n",
        b"600 x\r\n",
        b"25\r\n",
        b"250x\r\n",
        b"250-a\r\n550 b\r\n",
        b"\xb2\xb25 x\n",
    ],
)
def test_garbage_is_named(garbage: bytes) -> None:
    replies = Replies()
    replies.feed(b"250 ok\r\n")
    with pytest.raises(GarbageError, match="no reply of a relay"):
        replies.feed(garbage)
    assert list(replies.ready) == [Reply(250, "ok")]


@pytest.mark.parametrize("flood", [b"x" * 9000, b"250-x\r\n" * 1001, b"250 x\r\n" * 1001])
def test_a_relay_that_talks_without_end_is_not_listened_to(flood: bytes) -> None:
    with pytest.raises(GarbageError, match="without end"):
        Replies().feed(flood)


def test_a_gate_without_a_rate_is_always_open() -> None:
    assert Gate().is_open(10**6)


async def test_a_gate_lets_through_a_tenth_of_a_second_at_once_and_one_mail_at_least() -> None:
    slow, fast = Gate(Rate(1, 3600)), Gate(Rate(1000, 1))
    assert (slow.is_open(1), slow.is_open(2)) == (True, False)
    assert (fast.is_open(100), fast.is_open(101)) == (True, False)
    await slow.wait(1)
    assert not slow.is_open(1)
    waiting = asyncio.create_task(slow.wait(1))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_a_batch_is_paced_where_that_is_soon_done_and_goes_at_once_where_it_had_to_wait() -> None:
    fast, slow = Gate(Rate(10, 1)), Gate(Rate(1, 1))
    assert await fast.batch(10) is fast
    assert await slow.batch(1) is slow
    paced = await Gate(Rate(100, 1)).batch(101)
    assert paced.is_open(10**6)
