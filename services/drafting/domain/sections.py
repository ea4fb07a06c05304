"""What of a report has still to be written, and what keeps it from review. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.drafting.domain.postmortem import Postmortem
from shared.contracts.decision import Kind, Refusal
from shared.contracts.sections import Section, described
from shared.contracts.values import Report

TO_DO = re.compile(r"^> To do:", re.MULTILINE)
"""How a draft asks for what nobody but people can know."""


def missing(report: Report, sections: Sequence[Section] = ()) -> tuple[str, ...]:
    """Return the sections that still ask for something, and those that are empty though they are required."""
    return tuple(section.name for section in described(report, sections) if is_missing(section, report[section.name]))


def is_missing(section: Section, text: str) -> bool:
    """Say whether a section has still to be written; an optional one may be empty, but not ask for anything."""
    may_be_empty = not (section.required or section.blocking)
    return bool(TO_DO.search(text)) or not (text.strip() or may_be_empty)


def held_back(postmortem: Postmortem) -> Refusal | None:
    """Return why a text is not ready for review by its own template; None when nothing that blocks is missing."""
    sections = described(postmortem.report, postmortem.sections)
    left = [each for each in sections if each.blocking and is_missing(each, postmortem.report[each.name])]
    if not left:
        return None
    titles = ", ".join(f"{each.title} (`{each.name}`)" for each in left)
    return Refusal(
        kind=Kind.INVALID,
        rule="sections-missing",
        field=f"sections.{left[0].name}",
        detail=f"Before a review the template wants these written: {titles}. "
        'Write them, and take away the lines that begin with "> To do:".',
        data={"missing": [each.name for each in left]},
    )
