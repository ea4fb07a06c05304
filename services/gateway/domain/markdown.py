"""Markdown as HTML that does nothing: an allow-list of tags, and links that leak no address; and as text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {"a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong"}
TABLES = {"table", "tbody", "td", "th", "thead", "tr", "ul"}
"""No images: a text must not tell anybody that it was read."""
Attributes = dict[str, set[str]]
BREAKS = frozenset({"softbreak", "hardbreak"})

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


def safe_html(text: str, also: frozenset[str] = frozenset()) -> str:
    """Return Markdown as HTML without scripts, images, styles and whatever else acts; `also`: more tags to keep."""
    return cleaned(_markdown.render(text), also)


def cleaned(html: str, also: frozenset[str] = frozenset(), attributes: Attributes | None = None) -> str:
    """Return HTML without whatever acts; `also` and `attributes`: more tags to keep, more of what is in them."""
    return nh3.clean(
        html,
        tags=TAGS | TABLES | also,
        attributes={"a": {"href", "title"}, **(attributes or {})},
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def parsed(text: str) -> list[Token]:
    """Return Markdown as the parser's tokens."""
    return _markdown.parse(text)


def written(tokens: Sequence[Token]) -> str:
    """Return tokens as HTML; it is still to be `cleaned`."""
    html: str = _markdown.renderer.render(tokens, _markdown.options, {})
    return html


def plain_text(text: str) -> str:
    """Return Markdown without its marks: a list keeps dashes, a row of a table is a line, a link shows its address."""
    return "".join(_lines(_markdown.parse(text))).strip()


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "list_item_open":
            yield f"{token.info}{token.markup} " if token.info else "- "
        elif token.type in {"td_open", "th_open"}:
            yield " "
        elif token.type in {"fence", "code_block"}:
            yield f"{token.content}\n"
        elif token.type == "inline":
            yield "".join(_words(token.children or []))
        elif token.type in {"paragraph_close", "heading_close"}:
            yield "\n" if token.hidden else "\n\n"
        elif token.type in {"tr_close", "table_close", "bullet_list_close", "ordered_list_close"}:
            yield "\n"


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    said, target = "", ""
    for token in tokens:
        words = "\n" if token.type in BREAKS else token.content
        if token.type == "link_open":
            said, target = "", str(token.attrs.get("href", ""))
        elif token.type == "link_close" and said not in (target, target.removeprefix("mailto:")):
            words = f" ({target})"
        said += words
        yield words
