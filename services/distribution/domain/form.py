"""How a report gets into a mail. Pure."""

from __future__ import annotations

from enum import StrEnum


class ReportForm(StrEnum):
    """What a mail holds of the report: all of it, a file beside a few lines, or a few lines and the link."""

    WHOLE = "whole"
    ATTACHED = "attached"
    LINK = "link"


class FileKind(StrEnum):
    """What the file beside a few lines is."""

    HTML = "html"
    MARKDOWN = "markdown"
