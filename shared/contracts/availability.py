"""When somebody is there: days and times that they are away, the working day that is theirs. Pure.

A day is a day in the person's own time zone, whatever the clocks do in between.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, PlainSerializer, PlainValidator, TypeAdapter, model_validator
from pydantic.json_schema import WithJsonSchema

from shared.contracts.base import Moment, Value

MOST_SPANS = 50
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HOUR = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def _day_or_moment(value: object) -> date:
    """Return a day for what is written as one, else a point in time. Raises: ValueError."""
    if type(value) is date:
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
        return _MOMENT.validate_python(value)
    except ValueError as error:
        msg = "write a day as 2026-04-07, or a time with its offset as 2026-04-07T09:00:00Z"
        raise ValueError(msg) from error


def _hour(value: object) -> time:
    """Return a time of the day. Raises: ValueError."""
    if isinstance(value, str) and re.fullmatch(_HOUR, value):
        return time.fromisoformat(value)
    if type(value) is time and value.tzinfo is None:
        return value
    msg = "write a time of the day as 09:00, without a zone"
    raise ValueError(msg)


def _written(at: date) -> str:
    """Return a day or a point in time as it is written on the wire."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(at, datetime) else at.isoformat()


DayOrMoment = Annotated[
    date,
    PlainValidator(_day_or_moment),
    PlainSerializer(_written, when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
]
"""`2026-04-07`, a day, or `2026-04-07T09:00:00Z`, a point in time."""
Hour = Annotated[
    time,
    PlainValidator(_hour),
    PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _HOUR}),
]
"""A time of the day, `09:00`, in whatever zone its day is."""


class Away(Value):
    """A time in which somebody is away: from one day to another, both included, or from one time until another."""

    since: DayOrMoment
    until: DayOrMoment

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if isinstance(self.since, datetime) != isinstance(self.until, datetime):
            msg = "write `since` and `until` both as days, or both as times"
            raise ValueError(msg)
        if self.until < self.since:
            msg = "`until` is before `since`"
            raise ValueError(msg)
        return self

    def covers(self, at: datetime, zone: str) -> bool:
        """Say whether a time is within; `zone` is where days begin and end."""
        if isinstance(self.since, datetime) and isinstance(self.until, datetime):
            return self.since <= at < self.until
        return self.since <= at.astimezone(ZoneInfo(zone)).date() <= self.until


class Hours(Value):
    """Somebody's working day, in their own time zone."""

    opens: Hour
    closes: Hour

    @model_validator(mode="after")
    def _is_a_day(self) -> Self:
        if self.opens >= self.closes:
            msg = "`opens` has to be before `closes`"
            raise ValueError(msg)
        return self


Spans = Annotated[tuple[Away, ...], Field(max_length=MOST_SPANS)]
"""Times in which somebody is away."""


def covered(spans: tuple[Away, ...], at: datetime, zone: str) -> bool:
    """Say whether a time is within one of these spans."""
    return any(span.covers(at, zone) for span in spans)
