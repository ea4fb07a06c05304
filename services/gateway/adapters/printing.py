"""Prints documents: Markdown becomes HTML that does nothing, and the HTML becomes a PDF."""

from __future__ import annotations

from importlib import resources
from typing import Any, NoReturn

import nh3
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

from services.gateway.domain.document import Document, facts, moment
from services.gateway.ports import CannotPrint

STRUCTURE = {"blockquote", "br", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"}
TAGS = STRUCTURE | {"a", "code", "del", "em", "strong", "table", "tbody", "td", "th", "thead", "tr"}
"""No images: whoever opens a document tells nobody."""
LIBRARIES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class WeasyPrinter:
    """Markdown by markdown-it, cleaned by nh3, printed by WeasyPrint, which fetches nothing."""

    def __init__(self) -> None:
        self.environment = Environment(
            loader=PackageLoader("services.gateway"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=select_autoescape(("html",)),
        )
        self.markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        css = resources.files("services.gateway").joinpath("templates/document.css").read_text("utf-8")
        self.css = Markup(css)  # noqa: S704 - ours

    def html(self, document: Document) -> bytes:
        """Return a page that stands alone: no scripts, no images, nothing that is fetched. UTF-8."""
        page = self.environment.get_template("document.html").render(
            document=document,
            css=self.css,
            facts=facts(document)[:-1],
            sections=[(title, self._clean(text)) for title, text in document.sections()],
            moment=moment,
        )
        return page.encode()

    def pdf(self, document: Document) -> bytes:
        """Return a PDF. Raises: CannotPrint where the libraries for it are missing."""
        try:
            from weasyprint import HTML  # noqa: PLC0415 - loads the system's libraries, which may be missing
        except OSError as error:
            msg = f"PDFs take Pango, which is not on this machine (Debian: {LIBRARIES})"
            raise CannotPrint(msg) from error
        printed: bytes = HTML(string=self.html(document).decode(), url_fetcher=_fetch_nothing).write_pdf()
        return printed

    def _clean(self, text: str) -> Markup:
        cleaned = nh3.clean(
            self.markdown.render(text),
            tags=TAGS,
            attributes={"a": {"href", "title"}},
            url_schemes={"https", "http", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
        return Markup(cleaned)  # noqa: S704 - cleaned a line above


def _fetch_nothing(url: str, **_: Any) -> NoReturn:
    msg = f"a document stands alone; {url} is not fetched"
    raise ValueError(msg)
