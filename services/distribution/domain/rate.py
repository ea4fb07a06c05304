"""How many mails a relay takes in what time. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_RATE = re.compile(r"([1-9][0-9]{0,6}) */ *(second|minute|hour)")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many mails in so many seconds; a mail to ten recipients is ten, as relays count."""

    mails: int
    seconds: int


def parse_rate(text: str) -> Rate:
    """Read `600/minute`. Raises: ValueError."""
    found = _RATE.fullmatch(text)
    if found is None:
        msg = "must be a number of mails and second, minute or hour, such as 600/minute"
        raise ValueError(msg)
    return Rate(int(found[1]), SECONDS[found[2]])
