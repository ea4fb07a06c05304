"""The other way in: an IMAP folder that is looked through. What is read is moved or marked when it is durable.

The library waits where it reads, so it does so in a thread, one at a time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any, Protocol

from imap_tools import AND, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessage, MailMessageFlags

from services.distribution.adapters.bounces.intake import Intake
from services.distribution.domain.bouncing import BounceMailbox

AT_ONCE = 50
LARGEST = 1024 * 1024
"""Bytes of a mail that is read; larger ones stay unread, for whoever looks into the folder."""
TIMEOUT_S = 30.0
TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
"""Where a mail in a folder tells whom it came to; the first of them that is a return path counts."""
Kept = tuple[str, bytes]
"""A mail's number in its folder, and the mail."""


class Folder(Protocol):
    """A folder of mails that were not read yet."""

    async def unread(self, limit: int) -> Sequence[Kept]:
        """Return mails that nobody has read, oldest first."""

    async def done(self, numbers: Sequence[str]) -> None:
        """See to it that these are not unread any more."""


class Whole(MailMessage):
    """A mail with the bytes that it has on the server; the library keeps what it made of them."""

    def __init__(self, fetched: list[Any]) -> None:
        super().__init__(fetched)
        self.raw: bytes = self._get_message_data_parts(fetched)[0]


class FolderOverImap:
    """A folder on an IMAP server; a connection a visit, verified by TLS unless the URL says that there is none."""

    def __init__(self, mailbox: BounceMailbox, context: ssl.SSLContext) -> None:
        self.mailbox = mailbox
        self.context = context

    async def unread(self, limit: int) -> Sequence[Kept]:
        """Return mails that nobody has read, oldest first. Raises: what the server or the network does."""
        return await asyncio.to_thread(self._unread, limit)

    async def done(self, numbers: Sequence[str]) -> None:
        """Move them to the folder for it, or mark them as read. Raises: what the server or the network does."""
        await asyncio.to_thread(self._done, numbers)

    def _unread(self, limit: int) -> list[Kept]:
        with self._visit() as box:
            box.email_message_class = Whole  # type: ignore[assignment]  # which it is made for, but not typed for
            found = box.fetch(AND(seen=False, size_lt=LARGEST), limit=limit, mark_seen=False, bulk=True)
            return [(mail.uid, mail.raw) for mail in found if isinstance(mail, Whole) and mail.uid]

    def _done(self, numbers: Sequence[str]) -> None:
        with self._visit() as box:
            box.flag(list(numbers), MailMessageFlags.SEEN, value=True)
            if self.mailbox.move:
                box.move(list(numbers), self.mailbox.move)

    @contextmanager
    def _visit(self) -> Iterator[BaseMailBox]:
        with self._connected().login(self.mailbox.username, self.mailbox.password, self.mailbox.folder) as box:
            yield box

    def _connected(self) -> BaseMailBox:
        host, port = self.mailbox.host, self.mailbox.port
        if self.mailbox.tls == "implicit":
            return MailBox(host, port, timeout=TIMEOUT_S, ssl_context=self.context)
        if self.mailbox.tls == "required":
            return MailBoxStartTls(host, port, timeout=TIMEOUT_S, ssl_context=self.context)
        return MailBoxUnencrypted(host, port, timeout=TIMEOUT_S)


class Poll:
    """Looks through a folder."""

    def __init__(self, folder: Folder, intake: Intake) -> None:
        self.folder = folder
        self.intake = intake

    async def look(self) -> int:
        """Take what is unread; return how much. What cannot be kept stays unread. Raises: what the folder raises."""
        mails = await self.folder.unread(AT_ONCE)
        taken: list[str] = []
        try:
            for number, mail in mails:
                await self.intake.accept(self._came_to(mail), mail)
                taken.append(number)
        finally:
            if taken:
                await self.folder.done(taken)
        return len(taken)

    def _came_to(self, mail: bytes) -> str:
        """Return the return path that a mail came to, else where it says that it went."""
        head = BytesHeaderParser().parsebytes(mail)
        fields = [str(value) for name in TO for value in head.get_all(name, [])]
        addresses = [address for _, address in getaddresses(fields)]
        return next((each for each in addresses if self.intake.paths.read(each)), "")
