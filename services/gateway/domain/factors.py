"""Contributing factors, as a postmortem names them: by the beginning of each item of their section. Pure.

What recurs is known by the same few words: the bold ones that an item begins with, a heading, those before a colon, or
the item's first sentence when it is short. A longer one is prose: it is found by its words, and counted nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.gateway.domain.words import folded
from shared.contracts.events import Snapshot

SECTIONS = ("contributing_factors",)
"""Templates of an organisation's own keep this name when their factors are to be counted."""
LONGEST = 60
MOST = 20
_ITEM = re.compile(r"^ {0,3}(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t]+(?P<text>\S[^\n]*)", re.MULTILINE)
_BOLD = re.compile(r"(?P<mark>\*\*|__)(?P<name>.+?)(?P=mark)")
_END = re.compile(r"[:;\uff1a\u3002]|[.!?](?=\s|$)| [-\u2013\u2014] |\s#+\s*$")
_LINK = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_MARKS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)")


def factors(draft: Snapshot) -> tuple[str, ...]:
    """Return the contributing factors that a text names, each once, as they are compared: in small letters."""
    texts = (draft.report.get(name, "") for name in SECTIONS)
    named = (factor_of(item["text"]) for text in texts for item in _ITEM.finditer(text))
    return tuple(dict.fromkeys(name for name in named if name))[:MOST]


def factor_of(item: str) -> str:
    """Return the name of the factor that an item of a list tells of, empty when it is too long for one."""
    name = normal(next(_names(_LINK.sub(r"\1", item))))
    return name if len(name) <= LONGEST else ""


def normal(name: str) -> str:
    """Return a factor's name as it is compared."""
    return " ".join(folded(_MARKS.sub("", name)).split()).strip(" .:;,-")


def _names(item: str) -> Iterator[str]:
    bold = _BOLD.match(item)
    if bold:
        yield bold["name"]
    yield _END.split(item, maxsplit=1)[0]
