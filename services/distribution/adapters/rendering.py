"""The report as text and as HTML, from one Markdown source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib import resources

import css_inline
import nh3
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

from shared.contracts.events import ReviewApproved

STRUCTURE = {"blockquote", "br", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "ul"}
TAGS = STRUCTURE | {"a", "code", "del", "em", "strong", "table", "tbody", "td", "th", "thead", "tr"}
"""No images: a mail must not tell anybody that it was read."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One report, ready to be put into mails."""

    subject: str
    text: str
    html: str


class Renderer:
    """Renders reports with the templates of this room."""

    def __init__(self, organisation: str, public_url: str) -> None:
        self.organisation = organisation
        self.public_url = public_url.rstrip("/")
        self.environment = Environment(
            loader=PackageLoader("services.distribution"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=select_autoescape(("html",)),
        )
        self.markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        css = resources.files("services.distribution").joinpath("templates/mail.css").read_text("utf-8")
        self.inliner = css_inline.CSSInliner(extra_css=css, load_remote_stylesheets=False, keep_style_tags=True)

    def render(self, report: ReviewApproved, unsubscribe: str | None = None, *, restricted: bool = False) -> Rendered:
        """Return subject, text and HTML; the same report gives the same. `unsubscribe`: where that link leads.

        A subject is read over people's shoulders: that of a restricted report tells nothing of it.
        """
        written = [(name, text.strip()) for name, text in report.report.items() if text.strip()]
        sections = [(name.replace("_", " ").capitalize(), text) for name, text in written]
        values = {
            "report": report,
            "restricted": restricted,
            "sections": sections,
            "organisation": self.organisation,
            "summary": _summary(report),
            "url": f"{self.public_url}/postmortems/{report.postmortem_id}",
            "unsubscribe": unsubscribe,
            "time": _time,
            "approved_by": ", ".join(approval.name for approval in report.approvals),
        }
        cleaned = [(title, self._html(text)) for title, text in sections]
        return Rendered(
            subject=self._fill("subject.txt", values).strip(),
            text=self._fill("body.txt", values),
            html=self.inliner.inline(self._fill("body.html", {**values, "sections": cleaned})),
        )

    def _fill(self, name: str, values: dict[str, object]) -> str:
        return self.environment.get_template(name).render(values)

    def _html(self, text: str) -> Markup:
        """Markdown to HTML that does nothing: an allow-list of tags, and links that leak no address."""
        cleaned = nh3.clean(
            self.markdown.render(text),
            tags=TAGS,
            attributes={"a": {"href", "title"}},
            url_schemes={"https", "http", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
        return Markup(cleaned)  # noqa: S704 - cleaned a line above


def _summary(report: ReviewApproved) -> str:
    """The first paragraph of the overview: what somebody reads who reads nothing else."""
    return report.report.get("overview", "").strip().split("\n\n")[0].strip()


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "not known"
