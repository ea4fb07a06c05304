"""What an incident filled, in the size that a section may have: however much there was, a draft is opened. Pure."""

from __future__ import annotations

from shared.contracts.values import Report

LONGEST = 90_000
"""Characters of a section that nobody has written yet; what people write besides has room in its 100,000."""
REST = "\n> There is more; all of it stands beside this text, among the recorded events.\n"


def bounded(report: Report) -> Report:
    """Return the report with what is too long cut at the end of a line, and a sentence that says so."""
    return {name: text if len(text) <= LONGEST else _cut(text) for name, text in report.items()}


def _cut(text: str) -> str:
    kept = text[:LONGEST]
    end = kept.rfind("\n")
    return f"{kept[:end] if end > 0 else kept}\n{REST}"
