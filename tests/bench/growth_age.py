"""A document as it would be had all of it happened so many days earlier: for programs, not in what people wrote."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import bson
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.datetime_ms import DatetimeMS

DAY_MS = 86_400_000
_DAY = re.compile(rb"(?<=\0)\d{4}-\d\d-\d\d(?=T\d\d:)")
"""How a moment begins that is kept as text: nothing is before it."""
_AS_NUMBERS = CodecOptions[dict[str, Any]](datetime_conversion=DatetimeConversion.DATETIME_MS)


def aged(raw: bytes, days: int) -> bytes:
    """Return a document with all its moments so many days earlier, dates and texts alike."""
    moments = set(_moments(bson.decode(raw, _AS_NUMBERS)))
    earlier = {struct.pack("<q", moment): struct.pack("<q", moment - days * DAY_MS) for moment in moments}
    raw = re.sub(b"|".join(map(re.escape, earlier)), lambda found: earlier[found[0]], raw) if earlier else raw
    return _DAY.sub(lambda found: _earlier(found[0], days), raw)


def _moments(value: Any) -> Iterator[int]:
    if isinstance(value, DatetimeMS):
        yield int(value)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _moments(each)
    elif isinstance(value, list):
        for each in value:
            yield from _moments(each)


def _earlier(day: bytes, days: int) -> bytes:
    return (date.fromisoformat(day.decode()) - timedelta(days=days)).isoformat().encode()
