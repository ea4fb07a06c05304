"""The body of a mail: its parts, and the bytes of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.message import EmailMessage
from email.quoprimime import body_encode
from functools import lru_cache

from services.distribution.adapters.rendering import ReportFile
from services.distribution.adapters.wire import BODY, WIRE

PLACES = ("@text@", "@html@", "@calendar@")
"""What stands in a frame for the text of each part; it is the same in quoted-printable."""


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """An iCalendar object, and its method (RFC 5546), which the type of its part has to tell as well."""

    method: str
    text: str


def multipart(
    text: str, html: str, cause: str, calendar: CalendarPart | None = None, file: ReportFile | None = None
) -> bytes:
    """Return a body of both parts, and of what a calendar program takes, as the last and hence the best of them.

    A file stands beside all of these. Boundaries follow from the cause, so that a repeat has the same bytes, and no
    text can hold one: `=_` is never left in quoted-printable.
    """
    if file:  # once for a whole edition
        return built(text, html, cause, calendar, file)
    texts = [text, html, calendar.text] if calendar else [text, html]
    first, *others = _frame(calendar.method if calendar else None)
    own, boundary = _boundary(cause).encode(), _boundary("").encode()
    parts = (_quoted(each) + after.replace(boundary, own) for each, after in zip(texts, others, strict=True))
    return first.replace(boundary, own) + b"".join(parts)


def built(
    text: str, html: str, cause: str, calendar: CalendarPart | None = None, file: ReportFile | None = None
) -> bytes:
    """Return the same, put together by the standard library, which takes longer than all else of a mail."""
    body = EmailMessage(policy=BODY)
    body.set_content(text, cte="quoted-printable")
    body.add_alternative(html, subtype="html", cte="quoted-printable")
    if calendar:
        told = {"method": calendar.method}
        body.add_alternative(calendar.text, subtype="calendar", cte="quoted-printable", params=told)
    body.set_boundary(_boundary(cause))
    if file:
        body.add_attachment(file.text, subtype=file.subtype, cte="quoted-printable", filename=file.name)
        body.set_boundary(_boundary(f"{cause} and a file"))
    return body.as_bytes(policy=WIRE)


@lru_cache(maxsize=8)
def _frame(method: str | None) -> list[bytes]:
    """Return what stands before, between and behind the texts of the parts, in a body with the boundary of no cause."""
    text, html, calendar = PLACES
    body = built(text, html, "", CalendarPart(method, calendar) if method else None)
    for place in PLACES:
        body = body.replace(f"{place}\r\n".encode(), _CUT)
    return body.split(_CUT)


_CUT = b"\0"


def _quoted(text: str) -> bytes:
    """Encode a text as the standard library does that of a part."""
    lines = b"\n".join(text.encode().splitlines()) + b"\n"
    return body_encode(lines.decode("latin-1"), BODY.max_line_length or 0).replace("\n", "\r\n").encode("ascii")


def _boundary(cause: str) -> str:
    return "=_" + hashlib.sha256(cause.encode()).hexdigest()[:32]
