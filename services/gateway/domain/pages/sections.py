"""What there is to write, section by section: what lacks, and what was remarked on and found. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.gateway.domain.answers.remarks import RemarkCounts
from services.gateway.domain.remarks import counted
from services.gateway.domain.view import View
from shared.contracts.coaching import Remark
from shared.contracts.events import Snapshot
from shared.contracts.findings import Finding
from shared.contracts.sections import Section

AUTOSAVED = ("draft", "changes_requested")
"""While nobody reviews it. A revision in review is for the reviewers to read again, and ends approvals."""


class Row(NamedTuple):
    """One section in the list of them: `open` counts the findings that nobody has justified."""

    section: Section
    words: int
    is_missing: bool
    open: int
    remarks: RemarkCounts


def rows(view: View, draft: Snapshot) -> tuple[Row, ...]:
    """Return the sections in the template's order."""
    return tuple(
        Row(
            section,
            len(draft.report[section.name].split()),
            section.name in draft.missing,
            sum(finding.justified is None for finding in findings(draft, section.name)),
            counted(remarks(view, section.name)),
        )
        for section in draft.described()
    )


def findings(draft: Snapshot, name: str) -> tuple[Finding, ...]:
    """Return what a section should not hold, what nobody has justified first."""
    return tuple(finding for finding in draft.findings if finding.section == name)


def remarks(view: View, name: str) -> tuple[Remark, ...]:
    """Return what is remarked on a section, by line, what was dismissed last."""
    checked = view.review.checked
    found = [remark for remark in (checked.remarks if checked else ()) if remark.section == name]
    return tuple(sorted(found, key=lambda remark: (remark.dismissed is not None, remark.line, remark.column)))


def is_checked(view: View, draft: Snapshot) -> bool:
    """Say whether the remarks are about the text as it stands."""
    checked = view.review.checked
    return checked is not None and checked.revision == draft.revision


def around(sections: Sequence[Section], name: str) -> tuple[Section | None, Section | None]:
    """Return the section before and the one after."""
    at = [section.name for section in sections].index(name)
    return sections[at - 1] if at else None, sections[at + 1] if at + 1 < len(sections) else None


def is_autosaved(view: View) -> bool:
    """Say whether what is typed becomes a revision by itself."""
    return view.status() in AUTOSAVED
