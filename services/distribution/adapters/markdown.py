"""Markdown to HTML that does nothing, and fits a narrow screen."""

from __future__ import annotations

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

STRUCTURE = {"blockquote", "br", "div", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "ul"}
TAGS = STRUCTURE | {"a", "code", "del", "em", "strong", "table", "tbody", "td", "th", "thead", "tr"}
"""No images: a mail must not tell anybody that it was read."""
OF_PEOPLE = ("blockquote", "h1", "h2", "h3", "h4", "li", "p", "td", "th")
"""What holds people's words, which may run from right to left."""
ALIGNED = {"text-align:right": "right", "text-align:center": "center"}
HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h4", "h5": "h4", "h6": "h4"}
"""A mail has its title as h1 and its sections as h2: headings in a section stand below them."""


class Cleaner:
    """Renders Markdown through an allow-list of tags."""

    def __init__(self) -> None:
        self.markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self.markdown.core.ruler.push("fit", _fit)

    def html(self, text: str) -> Markup:
        """Return HTML that fetches nothing and runs nothing, whatever the text is; its links leak no address."""
        cleaned = nh3.clean(
            self.markdown.render(text),
            tags=TAGS,
            attributes={"a": {"href", "title"}, "ol": {"start"}, "th": {"scope"}},
            allowed_classes={"div": {"wide"}, "td": {"right", "center"}, "th": {"right", "center"}},
            set_tag_attribute_values={tag: {"dir": "auto"} for tag in OF_PEOPLE},
            url_schemes={"https", "http", "mailto"},
            url_relative="deny",  # a mail has no place that a link could be relative to
            link_rel="noopener noreferrer nofollow",
        )
        return Markup(cleaned)  # noqa: S704 - cleaned a line above


def _fit(state: StateCore) -> None:
    """Change what was parsed into what a mail can show."""
    state.tokens = [each for token in state.tokens for each in _fitted(token)]


def _fitted(token: Token) -> Sequence[Token]:
    if token.type == "table_open":  # wider than the screen, it scrolls by itself, and not the whole mail
        return (_html('<div class="wide">'), token)
    if token.type == "table_close":
        return (token, _html("</div>"))
    if token.tag in ("th", "td") and token.nesting == 1:
        token.attrs = _of_cell(token)
    if token.type in ("heading_open", "heading_close"):
        token.tag = HEADINGS.get(token.tag, token.tag)
    token.children = _without_images(token.children or ()) if token.type == "inline" else token.children
    return (token,)


def _html(content: str) -> Token:
    return Token("html_block", "", 0, content=content)


def _of_cell(token: Token) -> dict[str, str | int | float]:
    """Say of a heading what it heads, and of a cell how it is aligned; styles are taken out."""
    aligned = ALIGNED.get(str(token.attrGet("style")))
    return {**({"scope": "col"} if token.tag == "th" else {}), **({"class": aligned} if aligned else {})}


def _without_images(tokens: Sequence[Token]) -> list[Token]:
    """Put an image's words in its place, as a link to it unless they stand in one already."""
    kept: list[Token] = []
    links = 0
    for token in tokens:
        links += token.nesting if token.tag == "a" else 0
        kept += _link(token, is_in_link=links > 0) if token.type == "image" else [token]
    return kept


def _link(image: Token, *, is_in_link: bool) -> list[Token]:
    source = str(image.attrGet("src") or "")
    words = _words(image) or source
    text = Token("text", "", 0, content=words)
    if is_in_link:
        return [text]
    return [Token("link_open", "a", 1, attrs={"href": source}), text, Token("link_close", "a", -1)]


def _words(image: Token) -> str:
    """Return what an image's words are without their markup."""
    return "".join(_words(each) if each.children else each.content for each in image.children or ())
