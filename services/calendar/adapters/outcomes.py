"""What each answer of a calendar server means: one table, for every request alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final


class Means(StrEnum):
    """What follows from an answer.

    DONE; ABSENT: there is nothing at this address; CHANGED: it is not as it was when we read it, read it again (a
    conflict); BUSY: it passes, ask again later (transient); REFUSED: a human has to do something first (permanent).
    """

    DONE = "done"
    ABSENT = "absent"
    CHANGED = "changed"
    BUSY = "busy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer means, and what a human has to know of it."""

    means: Means
    advice: str = ""


_DONE, _ABSENT, _CHANGED = Answer(Means.DONE), Answer(Means.ABSENT), Answer(Means.CHANGED)
_BUSY = Answer(Means.BUSY, "it is busy or broken")
_SIGN_IN = Answer(
    Means.REFUSED, "set the right user and password in it, and let that user read and write in the calendar"
)
_MOVED = Answer(Means.REFUSED, "it redirects; set the address where it ends up, scheme and last slash included")
_STRANGE = Answer(Means.REFUSED, "it does not take this request; is it a calendar, and does its server allow it?")
_FULL = Answer(Means.REFUSED, "the calendar is full; make room there, or raise its quota")

TABLE: Final[dict[int, Answer]] = {
    HTTPStatus.OK: _DONE,
    HTTPStatus.CREATED: _DONE,
    HTTPStatus.NO_CONTENT: _DONE,
    HTTPStatus.MULTI_STATUS: _DONE,
    HTTPStatus.MOVED_PERMANENTLY: _MOVED,
    HTTPStatus.FOUND: _MOVED,
    HTTPStatus.SEE_OTHER: _MOVED,
    HTTPStatus.TEMPORARY_REDIRECT: _MOVED,
    HTTPStatus.PERMANENT_REDIRECT: _MOVED,
    HTTPStatus.BAD_REQUEST: _STRANGE,
    HTTPStatus.UNAUTHORIZED: _SIGN_IN,
    HTTPStatus.PAYMENT_REQUIRED: _FULL,
    HTTPStatus.FORBIDDEN: _SIGN_IN,
    HTTPStatus.NOT_FOUND: _ABSENT,
    HTTPStatus.METHOD_NOT_ALLOWED: _STRANGE,
    HTTPStatus.REQUEST_TIMEOUT: _BUSY,
    HTTPStatus.CONFLICT: _CHANGED,
    HTTPStatus.GONE: _ABSENT,
    HTTPStatus.PRECONDITION_FAILED: _CHANGED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Answer(Means.REFUSED, "the entry is larger than its server allows"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: _STRANGE,
    HTTPStatus.LOCKED: _BUSY,
    HTTPStatus.TOO_EARLY: _BUSY,
    HTTPStatus.TOO_MANY_REQUESTS: Answer(Means.BUSY, "it asks for fewer requests"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _BUSY,
    HTTPStatus.NOT_IMPLEMENTED: _STRANGE,
    HTTPStatus.BAD_GATEWAY: _BUSY,
    HTTPStatus.SERVICE_UNAVAILABLE: _BUSY,
    HTTPStatus.GATEWAY_TIMEOUT: _BUSY,
    HTTPStatus.INSUFFICIENT_STORAGE: _FULL,
}


def meaning(status: int) -> Answer:
    """Return what an answer means; one that is not in the table is strange below 500, and may pass from there on."""
    return TABLE.get(status) or (_BUSY if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _STRANGE)
