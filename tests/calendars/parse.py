"""Reads entries with a parser that is not ours, in its own environment: JSON of texts in, JSON of what it read out."""

from __future__ import annotations

import json
import sys

import vobject


def summary(text: str) -> str:
    """Return the title that the parser reads, or what it holds against the entry."""
    try:
        calendar = vobject.readOne(text)
        calendar.validate(raiseException=True)
        calendar.vevent.validate(raiseException=True)
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        return f"{type(error).__name__}: {error}"
    return str(calendar.vevent.summary.value)


if __name__ == "__main__":
    json.dump([summary(text) for text in json.load(sys.stdin)], sys.stdout)
