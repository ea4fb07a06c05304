"""What an answer of a subscriber means. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

LONGEST_PAUSE = timedelta(hours=1)
"""What waits is tried for about four hours; a subscriber that asks for more gets so much."""
PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class Outcome(StrEnum):
    """What became of a call."""

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    GONE = "gone"
    BARRED = "barred"
    UNCONFIGURED = "unconfigured"
    FILTERED = "filtered"
    REPEATED = "repeated"


def outcome(status: int) -> Outcome:
    """Return what an HTTP status means: any 2xx is yes, 410 is goodbye, a redirect is a no."""
    if status // 100 == 2:  # noqa: PLR2004 - 2xx
        return Outcome.ACCEPTED
    if status == HTTPStatus.GONE:
        return Outcome.GONE
    if status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome.LATER
    return Outcome.REFUSED


def pause(retry_after: str, now: datetime) -> timedelta:
    """Return how long a subscriber wants to be left alone (RFC 9110 Retry-After); zero when it does not say."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        wanted = timedelta(seconds=min(int(text[:9]), LONGEST_PAUSE.total_seconds()))
    else:
        wanted = _until(text, now)
    return min(max(wanted, timedelta()), LONGEST_PAUSE)


def _until(text: str, now: datetime) -> timedelta:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):  # what is no date asks for nothing
        return timedelta()
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
