"""The report as text and as HTML, from one Markdown source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from services.distribution.adapters.characters import plain_line, visible
from services.distribution.adapters.markdown import Cleaner
from services.distribution.adapters.templates import Templates
from services.distribution.domain.form import FileKind, ReportForm
from shared.contracts.events import ReviewApproved
from shared.contracts.sections import Part, opening

FILES = {FileKind.HTML: ("html", "report.html"), FileKind.MARKDOWN: ("markdown", "report.md")}


@dataclass(frozen=True, slots=True)
class ReportFile:
    """The report as a file of its own; `subtype` is that of its media type, `text/...`."""

    name: str
    subtype: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """One report, ready to be put into mails."""

    subject: str
    text: str
    html: str
    file: ReportFile | None = None


class Renderer:
    """Renders reports with the templates of this room, or with those of the organisation."""

    def __init__(
        self,
        organisation: str,
        public_url: str,
        templates: Templates | None = None,
        form: ReportForm = ReportForm.WHOLE,
        file: FileKind = FileKind.HTML,
    ) -> None:
        self.organisation = plain_line(organisation)
        self.public_url = public_url.rstrip("/")
        self.templates = templates or Templates()
        self.environment = self.templates.environment
        self.inliner = self.templates.inliner
        self.cleaner = Cleaner()
        self.form = form
        self.file = file

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

        A subject is read over people's shoulders: that of a restricted report tells nothing of it. Where only its link
        is mailed, nothing of its text is.
        """
        report = _in_lines(report)
        sections, external = _written(report, Part.REPORT), _written(report, Part.EXTERNAL)
        is_told = not (restricted and self.form is ReportForm.LINK)
        values: dict[str, object] = {
            "report": report,
            "restricted": restricted,
            "changes": ", ".join(map(plain_line, changes)),
            "sections": sections,
            "external": external,
            "organisation": self.organisation,
            "summary": visible(opening(report.report)).split("\n\n")[0].strip() if is_told else "",
            "url": f"{self.public_url}/postmortems/{report.postmortem_id}",
            "unsubscribe": unsubscribe,
            "time": _time,
            "approved_by": ", ".join(plain_line(approval.name) for approval in report.approvals),
            "form": self.form.value,
            "file_name": self._file_name(report),
        }
        shown = {**values, **self._cleaned(values, sections, external)}
        return Rendered(
            subject=self._fill("subject.txt", values).strip(),
            text=self._fill("body.txt", values),
            html=self.inliner.inline(self._fill("body.html", shown)),
            file=self._attached(values, shown) if self.form is ReportForm.ATTACHED else None,
        )

    def _attached(self, values: Mapping[str, object], shown: Mapping[str, object]) -> ReportFile:
        subtype, template = FILES[self.file]
        if self.file is FileKind.MARKDOWN:
            text = self._fill(template, values)
        else:
            text = self.inliner.inline(self._fill(template, shown))
        return ReportFile(str(values["file_name"]), subtype, text)

    def _file_name(self, report: ReviewApproved) -> str:
        """A file's name is read over shoulders, too, and stays on disks: it has no title."""
        ending = FILES[self.file][1].rpartition(".")[2]
        return f"postmortem-{report.postmortem_id[:8]}.{ending}"

    def _fill(self, name: str, values: Mapping[str, object]) -> str:
        return self.environment.get_template(name).render(values)

    def _cleaned(
        self, values: Mapping[str, object], sections: Sequence[tuple[str, str]], external: Sequence[tuple[str, str]]
    ) -> dict[str, object]:
        return {
            "summary": self.cleaner.html(str(values["summary"])),
            "sections": self._shown(sections),
            "external": self._shown(external),
        }

    def _shown(self, sections: Sequence[tuple[str, str]]) -> list[tuple[str, Markup]]:
        return [(title, self.cleaner.html(text)) for title, text in sections]


def _in_lines(report: ReviewApproved) -> ReviewApproved:
    """Return the report without characters that would break the lines of its facts, or turn them around."""
    lines = {
        "title": plain_line(report.title),
        "services": tuple(map(plain_line, report.services)),
        "severity_label": plain_line(report.severity_label),
        "owner": report.owner.model_copy(update={"name": plain_line(report.owner.name)}),
        "correction_note": plain_line(report.correction_note),
    }
    return report.model_copy(update=lines)


def _written(report: ReviewApproved, part: Part) -> list[tuple[str, str]]:
    """Heading and Markdown of every section of this part that says something, in order."""
    described = [each for each in report.described() if each.part is part]
    found = ((plain_line(each.title), visible(report.report[each.name]).strip()) for each in described)
    return [(title, text) for title, text in found if text]


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "not known"
