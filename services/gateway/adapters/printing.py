"""Prints documents: Markdown becomes HTML that does nothing, and the HTML becomes a PDF."""

from __future__ import annotations

from importlib import resources
from typing import Any, NoReturn

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from services.gateway.domain.document import Document, facts, moment
from services.gateway.domain.markdown import safe_html
from services.gateway.ports import CannotPrint

DEEPER = frozenset({"h5", "h6"})
"""Headings that a document has room for."""
LIBRARIES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class WeasyPrinter:
    """Markdown made safe, laid out by a template, printed by WeasyPrint, which fetches nothing."""

    def __init__(self) -> None:
        self.environment = Environment(
            loader=PackageLoader("services.gateway"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=select_autoescape(("html",)),
        )
        css = resources.files("services.gateway").joinpath("templates/document.css").read_text("utf-8")
        self.css = Markup(css)  # noqa: S704 - ours

    def html(self, document: Document) -> bytes:
        """Return a page that stands alone: no scripts, no images, nothing that is fetched. UTF-8."""
        page = self.environment.get_template("document.html").render(
            document=document,
            css=self.css,
            facts=facts(document)[:-1],
            sections=[(title, _clean(text)) for title, text in document.sections()],
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


def _clean(text: str) -> Markup:
    return Markup(safe_html(text, DEEPER))  # noqa: S704 - that is what it is for


def _fetch_nothing(url: str, **_: Any) -> NoReturn:
    msg = f"a document stands alone; {url} is not fetched"
    raise ValueError(msg)
