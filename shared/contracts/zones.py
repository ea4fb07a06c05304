"""Time zones as policies and people name them. Pure."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # OSError for a folder of the database, such as `Europe`
        msg = f"{name!r} is not an IANA time zone; write one like Europe/Berlin"
        raise ValueError(msg) from error
    return name


Zone = Annotated[str, AfterValidator(_known)]
"""The name of a time zone in the IANA database."""
