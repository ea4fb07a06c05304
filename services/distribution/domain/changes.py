"""What a correction changes of the report that went out before it. Pure."""

from __future__ import annotations

from shared.contracts.events import ReviewApproved

FACTS = ("title", "severity", "services")


def changes(before: ReviewApproved | None, after: ReviewApproved) -> tuple[str, ...]:
    """Return what reads otherwise than before, by the titles that people see; nothing for a first report.

    `before` is the report as it was published. A section that is gone is named, too.
    """
    if before is None:
        return ()
    facts = [name.capitalize() for name in FACTS if getattr(before, name) != getattr(after, name)]
    titles = {each.name: each.title for report in (before, after) for each in report.described()}
    names = dict.fromkeys((*after.report, *before.report))
    sections = [titles[name] for name in names if _said(before, name) != _said(after, name)]
    return (*facts, *sections)


def _said(report: ReviewApproved, name: str) -> str:
    return report.report.get(name, "").strip()
