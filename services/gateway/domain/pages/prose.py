"""What people wrote, as it stands in a page: its headings below the page's own, wide tables that scroll. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from markdown_it.token import Token

from services.gateway.domain.markdown import cleaned, parsed, written

TOP, DEEPEST = 3, 6
"""A section's own heading is of the second level; what is in it begins one below."""
DIRECTED = frozenset(
    {"paragraph_open", "heading_open", "blockquote_open", "bullet_list_open", "ordered_list_open", "th_open", "td_open"}
)
SAYING = frozenset({"text", "code_inline"})
ALSO = frozenset({"h5", "h6", "div"})
ATTRIBUTES = {
    **{f"h{level}": {"id", "dir"} for level in range(TOP, DEEPEST + 1)},
    **{name: {"dir"} for name in ("p", "blockquote", "ul", "ol", "th", "td")},
    "div": {"class", "role", "tabindex", "aria-label"},
}
"""Nobody writes HTML here: these come from this file alone."""
WIDE = '<div class="wide" role="group" tabindex="0" aria-label="Table">'
_ODD = re.compile(r"\W+")
LONGEST_NAME = 50


class Heading(NamedTuple):
    """A heading inside of a section: its level in the page, the name by which it is linked, its words."""

    level: int
    anchor: str
    words: str


class Prose(NamedTuple):
    """A text as HTML that acts on nothing, and the headings in it."""

    html: str
    headings: tuple[Heading, ...]


def prose(text: str, anchor: str = "text") -> Prose:
    """Return Markdown as it stands in a page, in the section of this name; each paragraph runs as its words do."""
    tokens = parsed(text)
    headings = tuple(_headings(tokens, anchor))
    for token in tokens:
        if token.type in DIRECTED:
            token.attrSet("dir", "auto")
    html = written(tokens).replace("<table>", f"{WIDE}<table>").replace("</table>", "</table></div>")
    return Prose(cleaned(html, ALSO, ATTRIBUTES), headings)


def _headings(tokens: list[Token], section: str) -> Iterator[Heading]:
    """Move the headings of a text below those of the page, without a gap, and name them."""
    above: list[int] = []
    names: set[str] = set()
    for place, opening in enumerate(tokens):
        if opening.type != "heading_open":
            continue
        written_as, words = int(opening.tag[1]), _words(tokens[place + 1])
        above = [*(level for level in above if level < written_as), written_as]
        level = min(TOP + len(above) - 1, DEEPEST)
        anchor = _free(f"{section}-{_slug(words)}", names)
        opening.tag = tokens[place + 2].tag = f"h{level}"
        opening.attrSet("id", anchor)
        yield Heading(level, anchor, words)


def _words(inside: Token) -> str:
    """Return what a heading says, without its marks."""
    return "".join(part.content for part in inside.children or () if part.type in SAYING)


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free


def _slug(words: str) -> str:
    return _ODD.sub("-", words.casefold())[:LONGEST_NAME].strip("-") or "part"
