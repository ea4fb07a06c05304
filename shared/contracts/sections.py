"""What a section of a postmortem is, as its template described it when the draft was opened. Pure.

It travels with the text, so that a postmortem keeps its titles and prompts whatever becomes of the template.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.contracts.base import NOT_BLANK, Message, Severity, Value
from shared.contracts.values import Report, SectionName

_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$"
Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_ONE_LINE), NOT_BLANK
]
Prompt = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=_ONE_LINE), NOT_BLANK
]
BEFORE = "external_message"
"""The one section that was the whole external message before templates told parts apart."""


class Part(StrEnum):
    """What a section belongs to: the report for colleagues, or the message for customers."""

    REPORT = "report"
    EXTERNAL = "external"


class Section(Value):
    """One section: its heading, whether it has to be written, and what helps to write it.

    `required`: it is listed as missing while it is empty. `blocking`: it is not submitted for review until it is
    written. `help` says what belongs here; `prompts` are the questions to think about.
    """

    name: SectionName
    title: Title
    part: Part = Part.REPORT
    required: bool = True
    blocking: bool = False
    help: str = Field(default="", max_length=2000)
    prompts: tuple[Prompt, ...] = Field(default=(), max_length=50)


class Sectioned(Message):
    """A message with a report in sections.

    `sections`: what the template said of them when the draft was opened, empty for old ones; `severity_label`: what the
    organisation calls the severity, empty when it has no word of its own.
    """

    severity: Severity
    report: Report
    sections: tuple[Section, ...] = ()
    severity_label: str = Field(default="", max_length=100)

    def described(self) -> tuple[Section, ...]:
        """Return the section behind every text of the report, in its order."""
        return described(self.report, self.sections)

    def severity_words(self) -> str:
        """Return the severity as people here call it."""
        return self.severity_label or self.severity.value.upper()


def described(report: Report, sections: Sequence[Section]) -> tuple[Section, ...]:
    """Return the section behind every text of a report, in its order; one that nobody described goes by its name."""
    known = {section.name: section for section in sections}
    return tuple(known.get(name) or _by_name(name) for name in report)


def opening(report: Report) -> str:
    """Return the text that a report begins with: its overview, else the first section that says something."""
    texts = (report.get("overview", ""), *report.values())
    return next((text.strip() for text in texts if text.strip()), "")


def _by_name(name: str) -> Section:
    return Section(
        name=name, title=name.replace("_", " ").capitalize(), part=Part.EXTERNAL if name == BEFORE else Part.REPORT
    )
