"""The folder of what came back, on a real IMAP server: what is read, and where it is then.

Only with AFTERWORD_FAULTS=all, as Cyrus is.
"""

from __future__ import annotations

import imaplib
import ssl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from services.distribution.adapters.bounces import FolderOverImap, Intake, Poll
from services.distribution.adapters.bounces.mailbox import LARGEST
from services.distribution.domain.bouncing import BounceMailbox
from tests.contract.caldav_cyrus import cyrus, imap_port, missing
from tests.contract.caldav_radicale import PASSWORD, USER
from tests.unit.distribution.returned import A_ROW, PATHS, a_mail

pytestmark = [pytest.mark.skipif(bool(missing()), reason=missing() or "-"), pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("cyrus")
    with cyrus(folder):
        yield imap_port(folder)


@pytest.fixture
def line(port: int) -> Iterator[imaplib.IMAP4]:
    """A line to a mailbox that is empty, beside an empty folder `Read`."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=30) as line:
        line.login(USER, PASSWORD)
        line.create("INBOX/Read")
        for name in ("INBOX/Read", "INBOX"):
            line.select(name)
            line.store("1:*", "+FLAGS", r"(\Deleted)")
            line.expunge()
        yield line


def mailbox(port: int, **more: str) -> BounceMailbox:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": port, "username": USER, "password": PASSWORD, "tls": "off"}
    return BounceMailbox(**(given | more))


def folder(port: int, **more: str) -> FolderOverImap:
    return FolderOverImap(mailbox(port, **more), ssl.create_default_context())


def put(line: imaplib.IMAP4, *mails: bytes) -> None:
    for mail in mails:
        assert line.append("INBOX", "", imaplib.Time2Internaldate(time.time()), mail)[0] == "OK"


def count(line: imaplib.IMAP4, name: str, which: str = "ALL") -> int:
    line.select(name)
    found: Any = line.search(None, which)[1][0]
    return len(found.split())


class Desk:
    """Takes what comes, or breaks."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.is_broken = False
        self.intake = Intake(PATHS, self.take)

    async def take(self, delivery: str, reports: Sequence[Any]) -> str:
        if self.is_broken:
            raise ConnectionError("the database is away")
        self.taken.append(delivery)
        return "hard"


async def test_what_is_unread_is_taken_once_and_marked(line: imaplib.IMAP4, port: int) -> None:
    put(line, a_mail("postfix"), a_mail("exim"), a_mail("person"), b"Subject: \xff\xfe\r\n\r\n\xff\xfe\x80\r\n")
    desk = Desk()
    poll = Poll(folder(port), desk.intake)
    assert [await poll.look() for _ in range(2)] == [4, 0]
    assert desk.taken == [A_ROW.id] * 2
    assert (count(line, "INBOX"), count(line, "INBOX", "UNSEEN")) == (4, 0)


async def test_what_is_taken_is_moved_where_it_is_wanted(line: imaplib.IMAP4, port: int) -> None:
    put(line, a_mail("postfix"), a_mail("vacation"))
    desk = Desk()
    poll = Poll(folder(port, move="INBOX/Read"), desk.intake)
    assert [await poll.look() for _ in range(2)] == [2, 0]
    assert (count(line, "INBOX"), count(line, "INBOX/Read")) == (0, 2)


async def test_what_could_not_be_kept_is_as_unread_as_before(line: imaplib.IMAP4, port: int) -> None:
    put(line, a_mail("postfix"))
    desk = Desk()
    desk.is_broken = True
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await Poll(folder(port), desk.intake).look()
    assert count(line, "INBOX", "UNSEEN") == 1
    desk.is_broken = False
    assert await Poll(folder(port), desk.intake).look() == 1


async def test_a_mail_comes_out_as_it_went_in(line: imaplib.IMAP4, port: int) -> None:
    put(line, a_mail("postfix"))
    ((_, mail),) = await folder(port).unread(5)
    assert mail == a_mail("postfix")


async def test_a_mail_that_is_too_large_stays_for_whoever_looks_into_the_folder(line: imaplib.IMAP4, port: int) -> None:
    put(line, a_mail("postfix") + b"x" * 70 + b"\r\n" * (LARGEST // 2), a_mail("qmail"))
    assert await Poll(folder(port), Desk().intake).look() == 1
    assert count(line, "INBOX", "UNSEEN") == 1


@pytest.mark.parametrize(
    ("wrong", "words"), [({"password": "wrong"}, "(?i)login"), ({"folder": "nowhere"}, "(?i)exist")]
)
async def test_a_wrong_password_or_folder_is_said(
    line: imaplib.IMAP4, port: int, wrong: dict[str, str], words: str
) -> None:
    with pytest.raises(Exception, match=words):
        await folder(port, **wrong).unread(5)


async def test_a_server_without_tls_is_not_spoken_to_where_it_is_wanted(line: imaplib.IMAP4, port: int) -> None:
    for tls in ("required", "implicit"):
        with pytest.raises((OSError, imaplib.IMAP4.error)):
            await folder(port, tls=tls).unread(5)
