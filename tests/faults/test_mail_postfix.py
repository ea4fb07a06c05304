"""Through a real Postfix, with a certificate of our own and an account; only with AFTERWORD_FAULTS=all."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from services.distribution.adapters import SmtpMailer
from services.distribution.domain import Outcome, Parcel, parse_relay
from tests.faults.smtp_sink import Sink, keeping
from tests.helpers import postfix
from tests.helpers.long_run import in_long_runs
from tests.helpers.postfix import Postfix
from tests.integration.kernel_room import eventually

pytestmark = [in_long_runs, pytest.mark.timeout(240)]
RETURNS = "bounces@return.example.com"
NOBODY = "nobody@example.com"


@dataclass
class World:
    """The relay, its next hop, and where what comes back arrives."""

    relay: Postfix
    hop: Sink
    returns: Sink


@pytest.fixture
async def world() -> AsyncIterator[World]:
    if reason := postfix.why_not():
        pytest.skip(reason)
    async with keeping(frozenset({NOBODY})) as hop, keeping() as returns:
        next_hop, back = (f"smtp:[127.0.0.1]:{sink.port}" for sink in (hop, returns))
        starting = postfix.postfix(next_hop, return_example_com=back)
        relay = await asyncio.to_thread(starting.__enter__)
        try:
            yield World(relay, hop, returns)
        finally:
            await asyncio.to_thread(starting.__exit__, None, None, None)


def a_mail(recipient: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "reports@example.com", recipient, "A report"
    mail["Message-ID"] = f"<{recipient}>"
    mail.set_content("It is over.\n")
    return mail.as_bytes().replace(b"\n", b"\r\n")


async def outcomes(mailer: SmtpMailer, *recipients: str) -> list[Outcome]:
    """Send everybody a mail of their own."""
    results = await mailer.send([Parcel(RETURNS, (each,), a_mail(each)) for each in recipients])
    await mailer.close()
    return [result.outcome for each in results for result in each]


async def test_mail_goes_out_over_starttls_with_an_account(world: World) -> None:
    people = [f"r{number}@example.com" for number in range(50)]
    context = ssl.create_default_context(cafile=world.relay.ca)
    mailer = SmtpMailer(parse_relay(world.relay.url), context)
    assert await outcomes(mailer, *people) == [Outcome.ACCEPTED] * len(people)
    await eventually(lambda: has(world.hop, len(people)), timeout=60)
    assert sorted(each for copy in world.hop.copies for each in copy.recipients) == sorted(people)
    assert {copy.sender for copy in world.hop.copies} == {RETURNS}
    assert f"sasl_username={postfix.USER}" in world.relay.log()


async def has(sink: Sink, number: int) -> bool:
    return len(sink.copies) >= number


async def test_a_relay_whose_certificate_is_not_trusted_gets_nothing(world: World) -> None:
    mailer = SmtpMailer(parse_relay(world.relay.url), ssl.create_default_context())
    assert await outcomes(mailer, "a@example.com") == [Outcome.STOP]


async def test_a_wrong_password_stops_all_mail_and_says_so(world: World) -> None:
    context = ssl.create_default_context(cafile=world.relay.ca)
    mailer = SmtpMailer(parse_relay(world.relay.url.replace(world.relay.password, "wrong")), context)
    assert await outcomes(mailer, "a@example.com") == [Outcome.STOP]


async def test_without_an_account_nothing_is_relayed(world: World) -> None:
    context = ssl.create_default_context(cafile=world.relay.ca)
    url = world.relay.url.replace(f"{postfix.USER}:{world.relay.password}@", "")
    assert await outcomes(SmtpMailer(parse_relay(url), context), "a@example.com") == [Outcome.FAILED]
    assert world.hop.copies == []


async def test_whom_the_next_hop_does_not_know_comes_back_to_the_return_path(world: World) -> None:
    context = ssl.create_default_context(cafile=world.relay.ca)
    sent = await outcomes(SmtpMailer(parse_relay(world.relay.url), context), NOBODY, "b@example.com")
    assert sent == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    await eventually(lambda: has(world.returns, 1), timeout=60)
    (back,) = world.returns.copies
    report = message_from_bytes(back.content)
    assert (back.sender, back.recipients) == ("<>", (RETURNS,))
    assert (report.get_content_type(), report.get_param("report-type")) == ("multipart/report", "delivery-status")
    assert b"Status: 5.1.1" in back.content
    await eventually(lambda: has(world.hop, 1), timeout=60)
