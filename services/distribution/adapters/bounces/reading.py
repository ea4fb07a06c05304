"""What a returned mail says: reports of RFC 3464 by the standard library, older kinds by flufl.bounce.

Whatever comes is somebody's text: nothing in it makes this raise, and none of it is kept but a status, an answer of the
server in one line, and what says which mail it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message

import structlog
from flufl.bounce import all_failures

from services.distribution.domain.bouncing import Report

log = structlog.get_logger(__name__)

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
LINE = re.compile(r"^.*(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]).*$", re.MULTILINE)
CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
XTEXT = re.compile(r"\+([0-9A-F]{2})")
LONGEST_REPLY = 300
MOST_RECIPIENTS = 100
MOST_TEXT = 20_000
FAILED = "failed"
AUTOMATIC = re.compile(r"auto-(replied|generated|notified)", re.IGNORECASE)
MAILERS = re.compile(r"\b(mailer-daemon|postmaster|mail delivery (sub)?system)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A mail that is no bounce, and what it is instead."""

    what: str


def read(mail: bytes) -> tuple[Report, ...] | Ignored:
    """Return what a mail reports of recipients whom it did not reach for good; never raises."""
    try:
        message = message_from_bytes(mail)
        return _report(message) if message.get_content_type() == "multipart/report" else _other(message)
    except Exception:  # libraries that read mail fall over some of what is sent as mail
        log.exception("a returned mail cannot be read")
        return Ignored("unreadable")


def _report(message: Message) -> tuple[Report, ...] | Ignored:
    """Read a report; of a kind other than of delivery (somebody read it, somebody complained) there is nothing here."""
    if str(message.get_param("report-type", "delivery-status")).lower() != "delivery-status":
        return Ignored("other_report")
    parts = [part for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    blocks = [block for part in parts for block in _blocks(part)]
    if not blocks:
        return _other(message)
    envid, message_id = _text(blocks[0], "Original-Envelope-Id"), _message_id(message)
    reports = [_recipient(block, envid, message_id) for block in blocks[1 : MOST_RECIPIENTS + 1] if _failed(block)]
    return tuple(reports) or Ignored("delayed_or_delivered")


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _failed(block: Message) -> bool:
    """Say whether it is over; what is delayed may still come, what is relayed or expanded went on."""
    return _text(block, "Action").partition("(")[0].strip().lower() == FAILED


def _recipient(block: Message, envid: str, message_id: str) -> Report:
    original, diagnostic = _typed(block, "Original-Recipient"), _typed(block, "Diagnostic-Code")
    return Report(
        status=_status(_text(block, "Status"), diagnostic),
        reply=_short(diagnostic),
        recipients=frozenset({original.lower(), _unquoted(original).lower()} if original else ()),
        envid=envid,
        message_id=message_id,
    )


def _status(said: str, diagnostic: str) -> str:
    """Return the status; where the report knows no more than its class, the server's own answer may."""
    found, better = STATUS.search(said), STATUS.search(diagnostic)
    if better and (found is None or (found[0].endswith(".0.0") and found[1] == better[1])):
        found = better
    return found[0] if found and found[1] != "2" else "5.0.0"


def _other(message: Message) -> tuple[Report, ...] | Ignored:
    """Read what has no report in it, but may be told by its words."""
    temporary, permanent = all_failures(message)
    found = {address.decode("utf-8", "replace").lower() for address in permanent or temporary}
    if not found:
        return Ignored("auto_reply" if _is_automatic(message) else "no_bounce")
    if _is_automatic(message) and not _is_of_a_mailer(message):
        return Ignored("auto_reply")
    line = _telling(message, "5" if permanent else "4")
    status = STATUS.search(line)
    default = "5.0.0" if permanent else "4.0.0"
    reply, ids = _short(line), _message_id(message)
    recipients = frozenset(found)
    return (Report(status=status[0] if status else default, reply=reply, recipients=recipients, message_id=ids),)


def _is_automatic(message: Message) -> bool:
    """Say whether a program answered for somebody (RFC 3834): they are away, or got it."""
    marked = _text(message, "Precedence").lower() in ("auto_reply", "auto-reply") or "X-Autoreply" in message
    return marked or AUTOMATIC.search(_text(message, "Auto-Submitted")) is not None


def _is_of_a_mailer(message: Message) -> bool:
    return "X-Failed-Recipients" in message or MAILERS.search(_text(message, "From")) is not None


def _telling(message: Message, kind: str) -> str:
    """Return the first line of its text with a status of this class."""
    text = next(_texts(message), "")
    lines = (found[0] for found in LINE.finditer(text[:MOST_TEXT]))
    return next((line for line in lines if (status := STATUS.search(line)) and status[1] == kind), "")


def _texts(message: Message) -> Iterator[str]:
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if part.get_content_type() == "text/plain" and isinstance(payload, bytes):
            yield payload.decode("utf-8", "replace")


def _message_id(message: Message) -> str:
    """Return the Message-ID of the mail that came back, where it is enclosed."""
    for part in message.walk():
        if part.get_content_type() == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            return _text(message_from_string(text), "Message-ID")
        if part.get_content_type() == "message/rfc822":
            enclosed = _blocks(part)
            return _text(enclosed[0], "Message-ID") if enclosed else ""
    return ""


def _text(message: Message, name: str) -> str:
    """Return a header in one line, empty when there is none."""
    return CONTROL.sub(" ", str(message.get(name, ""))).strip()


def _typed(block: Message, name: str) -> str:
    """Return a field without its type: of `rfc822; ada@example.com` the address."""
    before, semicolon, after = _text(block, name).partition(";")
    return (after if semicolon else before).strip().strip("<>")


def _unquoted(address: str) -> str:
    """Undo what ORCPT had to be written in (xtext of RFC 3461), where a server left it so."""
    return XTEXT.sub(lambda found: chr(int(found[1], 16)), address)


def _short(text: str) -> str:
    one = CONTROL.sub(" ", text).strip()
    return one if len(one) <= LONGEST_REPLY else one[: LONGEST_REPLY - 1] + "…"
