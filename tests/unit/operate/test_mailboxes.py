"""Mails are found where a stack keeps them: in a Maildir, or at a catcher that answers as Mailpit does."""

from __future__ import annotations

import mailbox
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.containers import mailpit
from deploy.demo.mailboxes import PAGE, kept


@pytest.fixture
def catcher() -> Iterator[str]:
    """The stand-in for Mailpit, on a port of its own and with nothing in it afterwards."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), mailpit.Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
    mailpit.kept.clear()


def test_every_mail_of_a_catcher_is_found_whatever_the_number_of_pages(catcher: str) -> None:
    assert list(kept({"mail_url": catcher})) == []
    sent = [f"Subject: {number}\r\n\r\n".encode() for number in range(2 * PAGE)]
    mailpit.kept.extend(sent)
    assert sorted(kept({"mail_url": catcher})) == sorted(sent)


def test_every_mail_of_a_maildir_is_found(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "mail", create=True)
    box.add(b"Subject: one\n\n")
    assert [mail.strip() for mail in kept({"mail_dir": tmp_path / "mail", "mail_url": None})] == [b"Subject: one"]
