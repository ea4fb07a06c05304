"""The report as text and as HTML, from one Markdown source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

import css_inline
import nh3
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

from shared.contracts.events import ReviewApproved
from shared.contracts.sections import Part, opening

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

    def render(
        self,
        report: ReviewApproved,
        unsubscribe: str | None = None,
        *,
        restricted: bool = False,
        changes: Sequence[str] = (),
    ) -> Rendered:
        """Return subject, text and HTML; the same report gives the same. `unsubscribe`: where that link leads.

        `changes`: the titles of what a correction says otherwise than the mail before it.

        A subject is read over people's shoulders: that of a restricted report tells nothing of it.
        """
        sections, external = _written(report, Part.REPORT), _written(report, Part.EXTERNAL)
        values = {
            "report": report,
            "restricted": restricted,
            "changes": ", ".join(changes),
            "sections": sections,
            "external": external,
            "organisation": self.organisation,
            "summary": opening(report.report).split("\n\n")[0].strip(),
            "url": f"{self.public_url}/postmortems/{report.postmortem_id}",
            "unsubscribe": unsubscribe,
            "time": _time,
            "approved_by": ", ".join(approval.name for approval in report.approvals),
        }
        cleaned = {"sections": self._cleaned(sections), "external": self._cleaned(external)}
        return Rendered(
            subject=self._fill("subject.txt", values).strip(),
            text=self._fill("body.txt", values),
            html=self.inliner.inline(self._fill("body.html", {**values, **cleaned})),
        )

    def _fill(self, name: str, values: dict[str, object]) -> str:
        return self.environment.get_template(name).render(values)

    def _cleaned(self, sections: Sequence[tuple[str, str]]) -> list[tuple[str, Markup]]:
        return [(title, self._html(text)) for title, text in sections]

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


def _written(report: ReviewApproved, part: Part) -> list[tuple[str, str]]:
    """Heading and Markdown of every section of this part that says something, in order."""
    found = ((each.title, report.report[each.name].strip()) for each in report.described() if each.part is part)
    return [(title, text) for title, text in found if text]


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "not known"
