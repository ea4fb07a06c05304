"""Days on which an organisation does not work: one day, or the same day of each year. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

_LEAP = 2000
_WRITTEN = re.compile(r"(?:\d{4}-)?\d{2}-\d{2}")


def _as_text(value: object) -> object:
    """A date of the policy file may stand there without quotes."""
    return value.isoformat() if type(value) is date else value


def _is_a_day(written: str) -> str:
    msg = f"{written!r} is no day; write one day as 2026-12-24, or a day of each year as 12-24"
    if not _WRITTEN.fullmatch(written):
        raise ValueError(msg)
    try:
        date.fromisoformat(written if written.count("-") > 1 else f"{_LEAP}-{written}")
    except ValueError as error:
        raise ValueError(msg) from error
    return written


FreeDay = Annotated[str, BeforeValidator(_as_text), AfterValidator(_is_a_day)]
"""`2026-12-24`, or `12-24` for each year; 02-29 is only where there is one."""


def is_among(day: date, days: Collection[str]) -> bool:
    """Say whether a day is one of these."""
    return bool(days) and (day.isoformat() in days or f"{day:%m-%d}" in days)
