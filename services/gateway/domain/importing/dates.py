"""Dates and times as people write them in postmortems, as far as they mean one thing. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_FORMATS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%d %B, %Y", "%d-%b-%Y", "%d.%m.%Y"),
    *("%B %d %Y", "%b %d %Y"),
)
"""Written by people, and never two days at once: 03/04/2021 is one in March to some and in April to others."""
_TIME = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\b\.?)?\s*"
    r"\(?(?P<zone>Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b)?\)?",
    re.IGNORECASE,
)
_OTHER_ZONE = re.compile(r"\s*\(?[A-Z]{2,5}T\b")
"""PST, CEST and their like: each stands for an offset here and for another one elsewhere."""
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b", re.IGNORECASE)
_WEEKDAY = re.compile(r"^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\.?,?\s+", re.IGNORECASE)
_IN_A_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_DATE_FIRST = re.compile(
    r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d{8}(?!\d)|[A-Za-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
    r"|\d{1,2}(?:st|nd|rd|th)? [A-Za-z]{3,9},? \d{4}|\d{1,2}-[A-Za-z]{3}-\d{4}|\d\d\.\d\d\.\d{4}"
)
EARLIEST = 1970


def read_zone(name: str) -> tzinfo | None:
    """Return the time zone of a name such as `Europe/Berlin`, or of an offset; None when there is none."""
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    if match := re.fullmatch(r"([+-])(\d\d):?(\d\d)", name):
        hours, minutes = int(match[2]), int(match[3])
        ahead = timedelta(hours=hours, minutes=minutes)
        return timezone(ahead if match[1] == "+" else -ahead) if ahead < timedelta(hours=24) else None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def leading_date(text: str) -> tuple[date, str] | None:
    """Return the date that a text begins with, and what follows; None when it begins with none."""
    bare = _WEEKDAY.sub("", text.strip())
    match = _DATE_FIRST.match(bare)
    found = _date(match[0]) if match else None
    return (found, bare[match.end() :]) if match and found else None


def leading_time(text: str, day: date, zone: tzinfo | None) -> tuple[datetime, str] | None:
    """Return the moment of that day that a text begins with, and what follows.

    None when it begins with no time, or in a zone that nobody can be sure of: `zone` is the one of times without.
    """
    match = _TIME.match(text)
    if match is None:
        return None
    behind = text[match.end() :]
    known = read_zone(match["zone"].upper()) if match["zone"] else zone
    if known is None or (not match["zone"] and _OTHER_ZONE.match(behind)):
        return None
    hour = int(match["hour"])
    if half := (match["half"] or "").lower().replace(".", ""):
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        at = datetime(day.year, day.month, day.day, hour, int(match["minute"]), int(match["second"] or 0), tzinfo=known)
    except ValueError:
        return None
    return at, behind


def names_a_time(text: str) -> bool:
    """Say whether a text begins with a time of day, in whatever zone."""
    return bool(_TIME.match(text))


def read_moment(text: str, zone: tzinfo) -> datetime | None:
    """Return the moment (UTC) that a whole text tells, its first minute if it is a day; None when it is not sure."""
    found = leading_date(text)
    if found is None:
        return None
    day, rest = found
    rest = rest.strip().removeprefix("T").removeprefix("at ").strip(" ,@")
    at: datetime | None = datetime(day.year, day.month, day.day, tzinfo=zone)
    if names_a_time(rest):
        timed = leading_time(rest, day, zone)
        at = timed[0] if timed else None
    return _in_utc(at) if at else None


def in_name(name: str) -> date | None:
    """Return the date in the name of a file: `2021-03-04-checkout.md`, `20210304_checkout.md`."""
    for match in _IN_A_NAME.finditer(name):
        if found := _date("-".join(match.groups())):
            return found
    return None


def without_date(name: str) -> str:
    """Return a file's name without the date in it."""
    return _IN_A_NAME.sub("", name)


def _in_utc(at: datetime) -> datetime | None:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None


def _date(text: str) -> date | None:
    return next(_read(text), None)


def _read(text: str) -> Iterator[date]:
    plain = " ".join(_ORDINAL.sub("", text).split())
    for form in _FORMATS:
        try:
            found = datetime.strptime(plain, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        if found.year >= EARLIEST:
            yield found
