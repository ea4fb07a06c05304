"""The two ways in: a listener that real clients speak to, and a folder that is looked through."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from services.distribution.adapters.bounces import Intake, Listener, Poll
from services.distribution.adapters.bounces.listener import LARGEST, MOST_CONNECTIONS
from services.distribution.adapters.bounces.mailbox import Kept
from tests.integration.kernel_room import eventually
from tests.unit.distribution.returned import A_ROW, PATHS, a_mail

RETURN_PATH = PATHS.address(A_ROW)


class Desk:
    """Takes what comes; `breaks` as often as it is told to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.breaks = 0
        self.intake = Intake(PATHS, self.take)

    async def take(self, delivery: str, reports: Sequence[Any]) -> str:
        if self.breaks:
            self.breaks -= 1
            raise ConnectionError("the database is away")
        self.taken.append(delivery)
        return "hard"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def listener(desk: Desk) -> AsyncIterator[Listener]:
    listener = Listener("127.0.0.1", 0, desk.intake)
    await listener.open()
    await listener.open()  # safe to repeat
    yield listener
    await listener.close()
    await listener.close()


def returned(client: smtplib.SMTP, to: str = RETURN_PATH, mail: bytes | None = None) -> tuple[int, bytes]:
    """Hand a mail over as a mail server does what comes back: from nobody; return the first answer that is not yes."""
    client.ehlo_or_helo_if_needed()
    for answer in (client.docmd("MAIL", "FROM:<>"), client.docmd("RCPT", f"TO:<{to}>")):
        if answer[0] != 250:
            return answer
    return client.data(mail or a_mail("postfix"))


@pytest.mark.parametrize("client", [smtplib.SMTP, smtplib.LMTP])
async def test_what_comes_back_is_taken_by_smtp_and_by_lmtp(
    client: type[smtplib.SMTP], listener: Listener, desk: Desk
) -> None:
    def hand_over() -> list[int]:
        with client("127.0.0.1", listener.port, timeout=20) as each:
            return [returned(each)[0], returned(each, RETURN_PATH.upper())[0]]

    assert await asyncio.to_thread(hand_over) == [250, 250]
    assert desk.taken == [A_ROW.id] * 2


async def test_nothing_is_taken_for_an_address_that_is_no_return_path_of_ours(listener: Listener, desk: Desk) -> None:
    others = ["postmaster@bounces.example.com", "b+x@bounces.example.com", "a@example.com", RETURN_PATH + ".org"]

    def hand_over() -> list[int]:
        with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as client:
            return [returned(client, other)[0] for other in others if client.rset()]

    assert await asyncio.to_thread(hand_over) == [550] * len(others)
    assert desk.taken == []


async def test_one_transaction_has_one_recipient(listener: Listener, desk: Desk) -> None:
    def hand_over() -> list[int]:
        with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as client:
            client.ehlo()
            return [client.mail("")[0], client.rcpt(RETURN_PATH)[0], client.rcpt(RETURN_PATH)[0], client.data(b"x")[0]]

    assert await asyncio.to_thread(hand_over) == [250, 250, 452, 250]


async def test_what_cannot_be_kept_is_asked_for_again(listener: Listener, desk: Desk) -> None:
    desk.breaks = 1

    def hand_over() -> list[int]:
        with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as client:
            return [returned(client)[0], returned(client)[0]]

    assert await asyncio.to_thread(hand_over) == [451, 250]
    assert desk.taken == [A_ROW.id]


async def test_a_mail_that_is_too_large_is_not_read(listener: Listener, desk: Desk) -> None:
    def hand_over() -> int:
        with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as client:
            return returned(client, mail=a_mail("postfix") + b"x" * 70 + b"\r\n" * LARGEST)[0]

    assert await asyncio.to_thread(hand_over) == 552
    assert desk.taken == []


async def test_so_many_connections_are_served_and_then_others_again(listener: Listener) -> None:
    waiting = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(MOST_CONNECTIONS)]
    for reader, _ in waiting:
        assert (await reader.readline()).startswith(b"220")
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    assert (await reader.read()).startswith(b"421 4.3.2")
    for _, each in (*waiting, (reader, writer)):
        each.close()

    async def is_served() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        line = await reader.readline()
        writer.close()
        return line.startswith(b"220")

    await eventually(is_served)


class FakeFolder:
    """A folder in memory."""

    def __init__(self, *mails: bytes) -> None:
        self.mails = {str(n): mail for n, mail in enumerate(mails)}

    async def unread(self, limit: int) -> Sequence[Kept]:
        return list(self.mails.items())[:limit]

    async def done(self, numbers: Sequence[str]) -> None:
        for number in numbers:
            del self.mails[number]


async def test_a_folder_is_looked_through_and_what_is_no_bounce_is_put_away_too(desk: Desk) -> None:
    folder = FakeFolder(a_mail("postfix"), b"", b"To: somebody@example.com\r\n\r\nspam", a_mail("vacation"))
    assert await Poll(folder, desk.intake).look() == 4
    assert (desk.taken, folder.mails) == ([A_ROW.id], {})


async def test_where_a_mail_was_delivered_to_counts_before_whom_it_is_to(desk: Desk) -> None:
    mail = a_mail("postfix").replace(RETURN_PATH.encode(), b"undisclosed-recipients:;")
    folder = FakeFolder(f"Delivered-To: {RETURN_PATH}\r\n".encode() + mail)
    await Poll(folder, desk.intake).look()
    assert desk.taken == [A_ROW.id]


async def test_what_cannot_be_kept_stays_unread_and_what_came_before_is_put_away(desk: Desk) -> None:
    folder = FakeFolder(b"", a_mail("postfix"), a_mail("qmail"))
    desk.breaks = 1
    with pytest.raises(ConnectionError):
        await Poll(folder, desk.intake).look()
    assert list(folder.mails) == ["1", "2"]
    assert await Poll(folder, desk.intake).look() == 2
    assert (len(desk.taken), folder.mails) == (2, {})
