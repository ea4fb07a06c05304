"""A mail held against the rules of mail: RFC 5322, 2045 to 2047 and 2369, and the standard library's strict policy."""

from __future__ import annotations

import email
import quopri
import re
from collections import Counter
from email.message import EmailMessage
from email.policy import strict
from email.utils import parsedate_to_datetime

ONCE = ("date", "from", "to", "reply-to", "subject", "message-id", "in-reply-to", "references", "mime-version")
NEEDED = ("date", "from", "to", "subject", "message-id", "mime-version", "content-type")
UNBROKEN = ("message-id", "in-reply-to", "references", "list-id", "list-unsubscribe", "dkim-signature")
"""What may stand in a line longer than 78 characters, up to the 998 that there are."""
ID = r"<[^<>@\s]+@[^<>@\s]+>"
WORD = re.compile(r"=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=")


def checked(mail: bytes) -> EmailMessage:
    """Return the parsed mail. Raises: AssertionError, or a defect of the standard library's, for what breaks a rule."""
    _check_bytes(mail)
    _check_head(mail.partition(b"\r\n\r\n")[0].decode("ascii"))
    message = email.message_from_bytes(mail, policy=strict)
    assert isinstance(message, EmailMessage)
    for name, value in message.items():
        assert not value.defects, (name, value.defects)
    _check_values(message)
    boundaries: list[str] = []
    _check_part(message, mail, boundaries)
    assert len(boundaries) == len(set(boundaries))
    return message


def _check_bytes(mail: bytes) -> None:
    assert mail.isascii()
    assert b"\0" not in mail
    assert mail.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail), "a line that does not end in CR LF"
    assert max(map(len, mail.split(b"\r\n"))) <= 998


def _check_head(head: str) -> None:
    lines = head.split("\r\n")
    assert not [line for line in lines if not line.strip()], "a line of blanks ends the head for some"
    for line in lines:
        assert re.match(r"[!-9;-~]+: \S|[ \t]+\S", line), line
    for field in re.split(r"\r\n(?![ \t])", head):
        name, _, value = field.partition(": ")
        if name.lower() not in UNBROKEN and " " in value.strip():
            assert max(map(len, field.split("\r\n"))) <= 78, field
        for word in WORD.findall(value):
            assert len(word) <= 75, word
            assert name.lower() not in UNBROKEN, "an id that nobody can read"


def _check_values(message: EmailMessage) -> None:
    counts = Counter(name.lower() for name in message.keys())  # noqa: SIM118 - a mail is no dictionary: names repeat
    assert all(counts[name] == 1 for name in NEEDED), counts
    assert all(counts[name] <= 1 for name in ONCE), counts
    assert "bcc" not in counts
    assert parsedate_to_datetime(message["Date"]).tzinfo
    assert re.fullmatch(ID, message["Message-ID"])
    assert re.fullmatch(rf"{ID}( {ID})*", message.get("References", "<a@b>"))
    assert re.fullmatch(ID, message.get("In-Reply-To", "<a@b>"))
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", message["Subject"])
    if "List-Unsubscribe-Post" in message:
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert re.fullmatch(r"<https?://[!-~]+>", message["List-Unsubscribe"])


def _check_part(part: EmailMessage, mail: bytes, boundaries: list[str]) -> None:
    if not part.is_multipart():
        _check_leaf(part)
        return
    boundary = part.get_boundary() or ""
    assert re.fullmatch(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]", boundary)
    boundaries.append(boundary)
    inner = list(part.iter_parts())
    assert mail.count(b"\r\n--" + boundary.encode()) == len(inner) + 1, "a boundary that stands in a text"
    assert not (part.preamble or "").strip()
    assert not (part.epilogue or "").strip()
    for each in inner:
        assert isinstance(each, EmailMessage)
        _check_part(each, mail, boundaries)


def _check_leaf(part: EmailMessage) -> None:
    assert str(part["Content-Transfer-Encoding"]) == "quoted-printable"
    assert part.get_content_charset() == "utf-8"
    raw = part.get_payload()
    assert isinstance(raw, str)
    for line in raw.splitlines():
        assert len(line) <= 76, line
        assert line == line.rstrip(" \t"), "blanks at an end get lost"
        assert not re.search(r"=(?![0-9A-F]{2}|$)", line), line
    assert quopri.decodestring(raw.encode()).decode("utf-8") == part.get_content()


def part_of(message: EmailMessage, kind: str) -> str:
    """Return a text part as the reader gets it: `plain`, `html` or `calendar`."""
    found = [each for each in message.walk() if each.get_content_type() == f"text/{kind}" and not each.get_filename()]
    assert isinstance(found[0], EmailMessage)
    content = found[0].get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")
