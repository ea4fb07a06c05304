"""A section's Markdown as a part of a document: whatever it says, it begins no other section and swallows none. Pure.

A document's title is a heading of the first level, a section begins with one of the second. So those inside of a
section go down, and what is left open at its end is closed. What fits already stays as it is, to the byte.
"""

from __future__ import annotations

import re

from services.gateway.domain.lines import Heading, headings, lines, one_line, open_fence, printable, written_heading

HIGHEST, LOWEST = 3, 6
"""The levels that headings inside of a section have."""
_MARKS = re.compile(r"( {0,3})#+")
_CLOSERS = ("-->", "?>", ">", "]]>")
_TAGS = ("script", "pre", "style", "textarea")
"""What ends a block of HTML that a blank line does not end."""


def fitted(text: str) -> str:
    """Return a section's text as it stands in a document: without blank lines around it, and without a line's end."""
    return _closed(_lowered(_trimmed(printable(text))))


def _trimmed(text: str) -> str:
    kept = lines(text)
    while kept and not kept[-1].strip(" \t\r\n"):
        kept.pop()
    first = next((number for number, line in enumerate(kept) if line.strip(" \t\r\n")), 0)
    return "".join(kept[first:]).rstrip("\r\n")


def _lowered(text: str) -> str:
    """Put all headings down alike, as far as there are levels, until the highest is one that a section may have."""
    found = list(headings(text))
    by = HIGHEST - min((heading.level for heading in found), default=HIGHEST)
    if by <= 0:
        return text
    written = lines(text)
    for heading in reversed(found):
        written[heading.start : heading.end] = [_put_down(heading, written[heading.start : heading.end], by)]
    return "".join(written)


def _put_down(heading: Heading, written: list[str], by: int) -> str:
    level = min(heading.level + by, LOWEST)
    if not heading.underlined:
        return _MARKS.sub(lambda match: match[1] + "#" * level, written[0], count=1)
    end = written[-1][len(written[-1].rstrip("\r\n")) :]
    return written_heading(level, one_line(heading.words)) + end


def _closed(text: str) -> str:
    """Close what would go on into the next section; the parser tells what does."""
    if _ends(text):
        return text
    tags = [f"</{tag}>" for tag in _TAGS if f"<{tag}" in text.lower()]
    closers = (open_fence(text), *_CLOSERS, *tags)
    return next((closed for closer in closers if _ends(closed := f"{text}\n{closer}")), text)


def _ends(text: str) -> bool:
    """Say whether a heading that comes next would be one."""
    followed = f"{text}\n\n## x"
    last = len(lines(followed)) - 1
    return any(heading.start == last for heading in headings(followed))
