"""Characters that do not belong where a reader sees one line or a text."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")
IN_A_SUBJECT = 200
"""Characters of a title in a subject: what comes after it is still seen, and says how bad it was."""


def one_line(text: str) -> str:
    """Return text that is safe in a header: without control characters and without encoded words.

    The standard library would decode what reads as an encoded word, line ends and all.
    """
    return plain_line(text).replace("=?", "= ?")


def plain_line(text: str) -> str:
    """Return text that stays in its line and its direction."""
    return CONTROL.sub(" ", text)


def visible(text: str) -> str:
    """Return a text of many lines without control characters; its lines end in one way."""
    return INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def short(text: str, longest: int = IN_A_SUBJECT) -> str:
    """Return a text cut to this length, and that it was cut."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
