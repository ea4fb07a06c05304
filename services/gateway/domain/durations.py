"""How long something takes that was done several times. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from statistics import median

from pydantic import BaseModel

NINETY_PERCENT = 0.9


class Durations(BaseModel):
    """How long something took, in seconds; null as long as nothing was done."""

    count: int
    median_s: int | None
    p90_s: int | None


def durations(spans: Iterable[tuple[datetime | None, datetime | None]]) -> Durations:
    """Put spans of time together, each from its beginning to its end; what has not ended, or never began, is none."""
    took = sorted(max(0.0, (end - begin).total_seconds()) for begin, end in spans if begin and end)
    if not took:
        return Durations(count=0, median_s=None, p90_s=None)
    nearest_rank = took[math.ceil(NINETY_PERCENT * len(took)) - 1]
    return Durations(count=len(took), median_s=round(median(took)), p90_s=round(nearest_rank))
