"""Signatures of mails (DKIM, RFC 6376), for relays that do not sign themselves.

A signature takes some milliseconds of a core, which is why a thread makes it, and why a relay does it better.
"""

from __future__ import annotations

import asyncio
import email
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import dkim
from dkim.crypto import parse_pem_private_key

from services.distribution.domain import Delivery, Result
from services.distribution.ports import Writer

SHORTEST = 1024
"""Bits of a key that a signature may have at all (RFC 8301 section 3.2); 2048 is what it should have."""
SIGNED = (
    *("from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references"),
    *("list-id", "list-post", "list-unsubscribe", "list-unsubscribe-post"),
    *("auto-submitted", "mime-version", "content-type"),
)
"""What a signature vouches for; one-click unsubscribe asks for both of its headers (RFC 8058 section 4)."""


class _Dated(dkim.DKIM):  # type: ignore[misc]  # the library has no types
    """Signs as of the mail's own date, so that a repeat has the same bytes."""

    def gen_header(self, fields: Sequence[tuple[bytes, bytes]], *rest: Any, **named: Any) -> bytes:
        """Return the header. Takes and returns what the library's own does, with another time."""
        dates = [value for name, value in self.headers if name.lower() == b"date"]
        at = str(int(parsedate_to_datetime(dates[0].decode().strip()).timestamp())).encode()
        dated = [(name, at if name == b"t" else value) for name, value in fields]
        signed: bytes = super().gen_header(dated, *rest, **named)
        return signed


class Signer:
    """Signs mails for one domain."""

    def __init__(self, domain: str, selector: str, key: str) -> None:
        """Take the private key, in PEM. Raises: ValueError for one that cannot sign."""
        self.domain = domain.encode("ascii")
        self.selector = selector.encode("ascii")
        self.key = _checked(key)

    def sign(self, mail: bytes) -> bytes:
        """Return the mail under a signature; the same mail gets the same one."""
        head = email.message_from_bytes(mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        there = [name.encode() for name in SIGNED if name in head]
        signer = _Dated(mail, linesep=b"\r\n")
        named = [*there, b"from"]  # once more than it is there: nobody can add a second one
        signed: bytes = signer.sign(self.selector, self.domain, self.key, include_headers=named)
        return signed + mail


class Signing:
    """Writes mails as another does, and signs what is a mail."""

    def __init__(self, writer: Writer, signer: Signer) -> None:
        self._writer = writer
        self._signer = signer
        self._last = (b"", b"")

    async def look(self, rows: Sequence[Delivery]) -> None:
        """See what is known now of what these rows are about."""
        await self._writer.look(rows)

    async def write(self, row: Delivery) -> bytes | Result:
        """Return the signed mail of a row, or that there is none. Raises: what the other one raises.

        What is one mail to many stays one: the very same bytes are signed once.
        """
        mail = await self._writer.write(row)
        if isinstance(mail, Result):
            return mail
        if mail is not self._last[0]:
            self._last = (mail, await asyncio.to_thread(self._signer.sign, mail))
        return self._last[1]


def _checked(key: str) -> bytes:
    pem = "\n".join(line.strip() for line in key.strip().splitlines()).encode()
    try:
        bits = parse_pem_private_key(pem)["modulus"].bit_length()
    except Exception as error:  # the library raises whatever its parser comes upon
        raise ValueError("is no RSA key in PEM without a password (openssl genrsa 2048)") from error
    if bits < SHORTEST:
        raise ValueError(f"has {bits} bits; verifiers take at least {SHORTEST}, better 2048")
    return pem
