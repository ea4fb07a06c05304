"""Many parcels, many recipients, and what a relay offers: over a real relay on this machine, each way to send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from services.distribution.adapters import Gate, SmtpMailer
from services.distribution.adapters.smtp.mailer import MAILS_A_CONNECTION
from services.distribution.domain import Outcome, Parcel, Rate, Relay, Result, parse_relay
from tests.contract.smtp_scripted import DROP, EXTENSIONS, HOST, Server

SENDER = "postmortems@example.com"
PEOPLE = tuple(f"p{number}@example.com" for number in range(10))


@pytest.fixture(params=EXTENSIONS)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    server = Server(EXTENSIONS[request.param])
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def mailer(server: Server) -> AsyncIterator[SmtpMailer]:
    mailer = a_mailer(server)
    yield mailer
    await mailer.close()


def a_mailer(server: Server, gate: Gate | None = None) -> SmtpMailer:
    return SmtpMailer(Relay(host=HOST, port=server.port), timeout=5.0, gate=gate)


def a_mail(number: int = 0, lines: int = 3) -> bytes:
    return b"Subject: %d\r\n\r\n" % number + b"..dots\r\n.\r\nx\r\n" * lines


def a_parcel(*recipients: str, number: int = 0) -> Parcel:
    return Parcel(SENDER, recipients, a_mail(number))


def outcomes(rows: object) -> list[list[Outcome]]:
    assert isinstance(rows, list)
    return [[result.outcome for result in row] for row in rows]


def got(server: Server) -> list[tuple[str, bytes]]:
    """Who got what, in order."""
    return [(recipient, mail) for _, recipients, mail in server.kept for recipient in recipients]


async def test_parcels_arrive_in_their_order_each_with_its_own_mail(server: Server, mailer: SmtpMailer) -> None:
    parcels = [a_parcel(person, number=number) for number, person in enumerate(PEOPLE)]
    assert outcomes(await mailer.send(parcels)) == [[Outcome.ACCEPTED]] * 10
    assert got(server) == [(person, a_mail(number)) for number, person in enumerate(PEOPLE)]
    assert server.greeted == 1


async def test_nothing_to_send_is_no_reason_to_connect(server: Server, mailer: SmtpMailer) -> None:
    assert await mailer.send([]) == []
    assert await mailer.send([Parcel(SENDER, (), b"x")]) == [()]
    assert server.greeted == 0


async def test_large_mails_pass_and_stay_whole(server: Server, mailer: SmtpMailer) -> None:
    parcels = [Parcel(SENDER, (person,), a_mail(lines=60_000)) for person in PEOPLE[:3]]
    assert outcomes(await mailer.send(parcels)) == [[Outcome.ACCEPTED]] * 3
    assert got(server) == [(person, a_mail(lines=60_000)) for person in PEOPLE[:3]]


async def test_more_parcels_than_a_connection_takes_go_over_several(server: Server, mailer: SmtpMailer) -> None:
    parcels = [a_parcel(PEOPLE[0], number=number) for number in range(2 * MAILS_A_CONNECTION + 1)]
    assert outcomes(await mailer.send(parcels)) == [[Outcome.ACCEPTED]] * len(parcels)
    assert got(server) == [(PEOPLE[0], parcel.mail) for parcel in parcels]
    assert server.greeted == 3


async def test_whoever_is_refused_is_alone_in_it_and_the_others_get_the_one_mail(
    server: Server, mailer: SmtpMailer
) -> None:
    server.refuses = {PEOPLE[1]: "550 5.1.1 unknown", PEOPLE[3]: "450 4.2.1 later"}
    bad = "no address"
    ((*results,),) = await mailer.send([a_parcel(*PEOPLE[:5], bad)])
    assert [result.outcome for result in results] == [
        Outcome.ACCEPTED,
        Outcome.FAILED,
        Outcome.ACCEPTED,
        Outcome.RETRY,
        Outcome.ACCEPTED,
        Outcome.FAILED,
    ]
    assert results[1] == Result(Outcome.FAILED, "rcpt: 550 5.1.1 unknown")
    assert results[5].reply == "address: 'no address' is no address"
    assert server.kept == [(SENDER, [PEOPLE[0], PEOPLE[2], PEOPLE[4]], a_mail())]


async def test_a_mail_that_nobody_may_get_is_not_sent_and_the_next_one_is(server: Server, mailer: SmtpMailer) -> None:
    server.refuses = {PEOPLE[0]: "550 unknown", PEOPLE[1]: "550 unknown"}
    parcels = [a_parcel(PEOPLE[2]), a_parcel(*PEOPLE[:2]), a_parcel(PEOPLE[0]), a_parcel(PEOPLE[3], number=3)]
    assert outcomes(await mailer.send(parcels)) == [
        [Outcome.ACCEPTED],
        [Outcome.FAILED, Outcome.FAILED],
        [Outcome.FAILED],
        [Outcome.ACCEPTED],
    ]
    assert got(server) == [(PEOPLE[2], a_mail()), (PEOPLE[3], a_mail(3))]
    assert server.greeted == 1


@pytest.mark.parametrize("most", [1, 3, 4, 9])
async def test_recipients_who_are_too_many_for_a_relay_get_the_mail_at_once_in_smaller_parcels(
    server: Server, mailer: SmtpMailer, most: int
) -> None:
    server.most_recipients = most
    assert outcomes(await mailer.send([a_parcel(*PEOPLE)])) == [[Outcome.ACCEPTED] * 10]
    assert sorted(got(server)) == sorted((person, a_mail()) for person in PEOPLE)
    assert max(len(recipients) for _, recipients, _ in server.kept) == most


async def test_a_relay_without_room_is_not_asked_again_at_once(server: Server, mailer: SmtpMailer) -> None:
    server.refuses = {PEOPLE[1]: "452 4.3.1 no room"}
    assert outcomes(await mailer.send([a_parcel(*PEOPLE[:2])])) == [[Outcome.ACCEPTED, Outcome.RETRY]]
    assert len(server.kept) == 1


async def test_a_break_says_of_each_parcel_whether_it_may_have_arrived(server: Server, mailer: SmtpMailer) -> None:
    server.script = {"dot": DROP}
    rows = await mailer.send([a_parcel(person) for person in PEOPLE[:3]])
    assert outcomes(rows) == [[Outcome.UNKNOWN], [Outcome.AWAY], [Outcome.AWAY]]
    assert server.kept == []


async def test_a_break_after_some_mail_sends_the_rest_over_a_new_connection(server: Server, mailer: SmtpMailer) -> None:
    assert outcomes(await mailer.send([a_parcel(PEOPLE[0])])) == [[Outcome.ACCEPTED]]
    server.script = {"dot": DROP}
    rows = outcomes(await mailer.send([a_parcel(person) for person in PEOPLE]))
    unknown = [row == [Outcome.UNKNOWN] for row in rows]
    assert unknown.index(True) == 0
    assert 1 <= sum(unknown) <= 3
    assert rows[3:] == [[Outcome.ACCEPTED]] * 7
    assert server.greeted == 2


async def test_a_relay_that_greets_late_is_waited_for(server: Server, mailer: SmtpMailer) -> None:
    server.may_greet.clear()
    sending = asyncio.create_task(mailer.send([a_parcel(PEOPLE[0])]))
    while not server.connections:
        await asyncio.sleep(0)
    assert not sending.done()
    server.may_greet.set()
    assert outcomes(await sending) == [[Outcome.ACCEPTED]]


@pytest.mark.parametrize(
    ("phase", "garbage", "outcome"),
    [
        ("greeting", "HTTP/1.1 400 Bad Request", Outcome.AWAY),
        ("mail", "hello", Outcome.AWAY),
        ("rcpt", "2x0 ok", Outcome.AWAY),
        ("rcpt", "354 go on", Outcome.AWAY),
        ("rcpt", "250" + "x" * 9000, Outcome.AWAY),
        ("dot", "354 go on", Outcome.UNKNOWN),
        ("dot", "\x00\xff", Outcome.UNKNOWN),
        ("dot", "250-half\r\n251 of it", Outcome.UNKNOWN),
    ],
)
async def test_garbage_is_no_reply_and_ends_the_connection(
    server: Server, phase: str, garbage: str, outcome: Outcome
) -> None:
    mailer = a_mailer(server)
    server.options = {"enable_SMTPUTF8": True}
    server.script = {phase: garbage}
    if phase in ("mail", "rcpt") and "CHUNKING" in server.extensions:
        outcome = Outcome.UNKNOWN
    assert outcomes(await mailer.send([a_parcel(PEOPLE[0])])) == [[outcome]]
    assert not mailer.is_connected
    assert outcomes(await mailer.send([a_parcel(PEOPLE[0])])) == [[Outcome.ACCEPTED]]
    await mailer.close()


async def test_words_that_are_no_text_are_kept_as_far_as_they_are(server: Server, mailer: SmtpMailer) -> None:
    server.options = {"enable_SMTPUTF8": True}
    server.script = {"rcpt": "550-Unbekannt:\r\n550 \x1b[31mMüller"}
    ((result,),) = await mailer.send([a_parcel(PEOPLE[0])])
    assert result == Result(Outcome.FAILED, "rcpt: 550 Unbekannt:  [31mMüller")


async def test_a_reply_that_nobody_asked_for_is_not_taken_for_the_next_one(server: Server, mailer: SmtpMailer) -> None:
    assert outcomes(await mailer.send([a_parcel(PEOPLE[0])])) == [[Outcome.ACCEPTED]]
    cast("asyncio.Transport", server.connections[-1]).write(b"421 4.4.2 you are idle\r\n")
    while mailer.is_connected:
        await asyncio.sleep(0)
    assert outcomes(await mailer.send([a_parcel(PEOPLE[1])])) == [[Outcome.ACCEPTED]]
    assert server.greeted == 2


async def test_a_relay_that_knows_reports_is_asked_for_those_of_failures(server: Server, mailer: SmtpMailer) -> None:
    server.extensions = (*server.extensions, "DSN")
    parcel = Parcel(SENDER, ("a+b@example.com",), a_mail(), envid="id=1")
    assert outcomes(await mailer.send([parcel])) == [[Outcome.ACCEPTED]]
    assert server.parameters == [
        f"SIZE={len(parcel.mail)}",
        "RET=HDRS",
        "ENVID=id+3D1",
        "NOTIFY=FAILURE,DELAY",
        "ORCPT=rfc822;a+2Bb@example.com",
    ]


async def test_what_a_relay_offers_is_not_used_when_the_url_says_so(server: Server) -> None:
    server.extensions = (*server.extensions, "DSN")
    relay = parse_relay(f"smtp://{HOST}:{server.port}?without=chunking,dsn,size")
    mailer = SmtpMailer(relay, timeout=5.0)
    assert outcomes(await mailer.send([a_parcel(PEOPLE[0])])) == [[Outcome.ACCEPTED]]
    assert (server.parameters, [what for what, _ in server.heard]) == ([], ["mail", "rcpt", "data"])
    await mailer.close()


async def test_a_relay_that_knows_no_reports_is_not_asked_for_any(server: Server, mailer: SmtpMailer) -> None:
    assert outcomes(await mailer.send([Parcel(SENDER, (PEOPLE[0],), a_mail(), envid="1")])) == [[Outcome.ACCEPTED]]
    assert server.parameters == [f"SIZE={len(a_mail())}"]


async def test_a_mail_that_is_too_large_for_the_relay_fails_with_words_before_it_is_sent(
    server: Server, mailer: SmtpMailer
) -> None:
    server.options = {"data_size_limit": 1000}
    rows = await mailer.send([Parcel(SENDER, PEOPLE[:2], b"x" * 1001), a_parcel(PEOPLE[2])])
    assert outcomes(rows) == [[Outcome.FAILED, Outcome.FAILED], [Outcome.ACCEPTED]]
    assert rows[0][0].reply == "size: the mail has 1001 bytes, and the relay takes 1000 at most"
    assert got(server) == [(PEOPLE[2], a_mail())]


async def test_a_refused_size_is_the_mails_fault_not_ours(server: Server, mailer: SmtpMailer) -> None:
    server.script = {"mail": "552 5.3.4 too large"}
    assert outcomes(await mailer.send([a_parcel(PEOPLE[0])])) == [[Outcome.FAILED]]


async def test_only_an_address_that_is_not_ascii_needs_smtputf8(server: Server, mailer: SmtpMailer) -> None:
    server.options = {"enable_SMTPUTF8": True}
    rows = await mailer.send([a_parcel(PEOPLE[0], "jürgen@example.com", PEOPLE[1])])
    assert outcomes(rows) == [[Outcome.ACCEPTED] * 3]
    assert [recipients for _, recipients, _ in server.kept] == [[PEOPLE[0], PEOPLE[1]], ["jürgen@example.com"]]
    assert server.parameters.count("SMTPUTF8") == 1


async def test_without_smtputf8_such_an_address_fails_alone_and_is_told_why(server: Server, mailer: SmtpMailer) -> None:
    rows = await mailer.send([a_parcel(PEOPLE[0], "jürgen@example.com")])
    assert outcomes(rows) == [[Outcome.ACCEPTED, Outcome.FAILED]]
    assert "needs SMTPUTF8, which the relay does not offer" in rows[0][1].reply


async def test_a_batch_that_the_rate_holds_back_for_long_waits_before_its_first_mail(server: Server) -> None:
    gate = Gate(Rate(2, 3600))
    mailer = a_mailer(server, gate)
    sending = asyncio.create_task(mailer.send([a_parcel(person) for person in PEOPLE]))
    async with asyncio.timeout(30):
        while gate.is_open(1):
            await asyncio.sleep(0.01)
    assert (server.greeted, server.heard) == (0, [])
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert server.greeted == 0


async def test_connections_share_the_rate_and_a_mail_to_many_counts_as_many(server: Server) -> None:
    gate = Gate(Rate(360_000, 3600))  # ten at once
    first, second = a_mailer(server, gate), a_mailer(server, gate)
    assert gate.is_open(10)
    assert outcomes(await first.send([a_parcel(*PEOPLE[:6])])) == [[Outcome.ACCEPTED] * 6]
    assert outcomes(await second.send([a_parcel(*PEOPLE)])) == [[Outcome.ACCEPTED] * 10]
    assert not gate.is_open(11)
    await first.close()
    await second.close()
