"""The commands and bytes of a transaction (RFC 5321, 3030, 3461, 1870, 6531). Pure."""

from __future__ import annotations

import re

from services.distribution.adapters.smtp.offers import Offers
from services.distribution.domain import Parcel

RSET, DATA, QUIT = b"RSET\r\n", b"DATA\r\n", b"QUIT\r\n"
NOBODY = b".\r\n"
"""The end of a text that has no recipient left (RFC 2920 section 3.1)."""
_ADDRESS = re.compile(
    r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f-\x9f\ud800-\udfff]+@[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f-\x9f\ud800-\udfff]+"
)
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BARE_LF, _BARE_CR, _DOT = re.compile(rb"\n(?<!\r\n)"), re.compile(rb"\r(?!\n)"), re.compile(rb"\n\.")
"""Searches that begin with a plain byte are several times as fast as counting or replacing pairs of bytes."""
_NOT_XTEXT = re.compile(r"[^!-*,-<>-~]")


def is_address(text: str) -> bool:
    """Say whether it can be put on the wire as it is: no quotes, no control characters, one `@`."""
    return len(text.encode("utf-8", "replace")) <= 254 and _ADDRESS.fullmatch(text) is not None  # noqa: PLR2004


def needs_utf8(parcel: Parcel, recipient: str) -> bool:
    """Say whether only a relay with SMTPUTF8 can take it."""
    return not (recipient.isascii() and parcel.sender.isascii())


def mail_from(parcel: Parcel, offers: Offers) -> bytes:
    """Return the command that names the sender."""
    words = [f"MAIL FROM:<{parcel.sender}>"]
    if offers.size is not None:
        words.append(f"SIZE={len(parcel.mail)}")
    if any(needs_utf8(parcel, each) for each in parcel.recipients):
        words.append("SMTPUTF8")
    if offers.dsn:
        words.append("RET=HDRS")
        words += [f"ENVID={xtext(parcel.envid)}"] if parcel.envid else []
    return " ".join(words).encode() + b"\r\n"


def rcpt_to(recipient: str, offers: Offers) -> bytes:
    """Return the command that names a recipient."""
    words = [f"RCPT TO:<{recipient}>"]
    if offers.dsn:
        words.append("NOTIFY=FAILURE,DELAY")
        words += [f"ORCPT=rfc822;{xtext(recipient)}"] if recipient.isascii() else []
    return " ".join(words).encode() + b"\r\n"


def xtext(text: str) -> str:
    """Return a parameter's value: what is not printable, and `+` and `=`, in hex (RFC 3461 section 4)."""
    return _NOT_XTEXT.sub(lambda found: "".join(f"+{byte:02X}" for byte in found[0].encode()), text)


def lines(mail: bytes) -> bytes:
    """Return a mail whose lines all end with CR LF: a bare one in it may end the text early, elsewhere."""
    if _BARE_LF.search(mail) or _BARE_CR.search(mail):
        mail = _LINE_END.sub(b"\r\n", mail)
    return mail if mail.endswith(b"\r\n") else mail + b"\r\n"


def dotted(mail: bytes) -> bytes:
    """Return a mail as DATA takes it: no line of it is a dot alone, but the last."""
    text = lines(mail)
    if _DOT.search(text):
        text = text.replace(b"\r\n.", b"\r\n..")
    return b"".join((b"." if text.startswith(b".") else b"", text, NOBODY))


def chunk(mail: bytes) -> bytes:
    """Return a mail as one BDAT."""
    text = lines(mail)
    return b"BDAT %d LAST\r\n" % len(text) + text
