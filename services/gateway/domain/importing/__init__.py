"""Postmortems in Markdown, as organisations keep them, read into what `POST /v1/imports` takes. Pure.

Whatever a file says is kept: what is understood becomes title, date, severity and sections, what is not stays where it
stands, under its own heading.
"""

from services.gateway.domain.importing.dates import read_zone
from services.gateway.domain.importing.reading import Defaults, Reading, read_file, text_of
from services.gateway.domain.importing.unreadable import BadFile

__all__ = ["BadFile", "Defaults", "Reading", "read_file", "read_zone", "text_of"]
