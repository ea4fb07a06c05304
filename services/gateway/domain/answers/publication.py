"""The publication of a postmortem and its mails, as the API answers them. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from services.gateway.domain.answers.shapes import Answer, Instant, example
from shared.contracts.mailing import DeliveryState

COUNTS = {"accepted": 1, "failed": 0, "unknown": 0, "suppressed": 0, "pending": 0}
EXAMPLE: dict[str, Any] = {
    "revision": 2,
    "correction_of": 1,
    "changes": ["Impact"],
    "published_at": "2026-03-05T15:00:00Z",
    "recipients": 1,
    "accepted": 1,
    "failed": 0,
    "pending": 0,
}
DELIVERY = {
    "recipient": "reader@example.com",
    "list": "engineering",
    "revision": 2,
    "state": "accepted",
    "attempts": 1,
    "message_id": "<5e0f4a0e.2.0a1b@afterword.example.com>",
    "reply": "250 OK",
    "updated_at": "2026-03-05T15:00:02+00:00",
}
DELIVERIES: dict[str, Any] = {
    "revision": 2,
    "counts": {**COUNTS, "pending": 1},
    "percent": 50,
    "stopped": {"since": "2026-03-05T15:00:03Z", "reply": "connect: 554 5.7.1 Client host rejected"},
    "deliveries": [DELIVERY],
    "next_cursor": "MjpyZWFkZXJAZXhhbXBsZS5jb20",
}


class Publication(Answer):
    """What was published, and how many mails were accepted, failed and still wait."""

    model_config = example(EXAMPLE)

    revision: int
    correction_of: int | None = Field(description="The published revision that this one corrects; null for the first.")
    changes: tuple[str, ...] = Field(description="The titles of what it says otherwise than that one.")
    published_at: Instant
    recipients: int
    accepted: int
    failed: int
    pending: int


class Counts(Answer):
    """How the mails of one publication stand. `unknown`: the mail server never said whether it took it.

    `suppressed`: they were named, but no mail is to go there.
    """

    accepted: int
    failed: int
    unknown: int
    suppressed: int = 0
    pending: int


class Delivery(Answer):
    """One mail to one person; `reply` is the mail server's last word."""

    recipient: str
    list: str = Field(description="The distribution list that the person is on.")
    revision: int
    state: DeliveryState
    attempts: int
    message_id: str
    reply: str
    updated_at: Instant


class MailStopped(Answer):
    """The mail server refuses us, not a recipient: all mail waits until it takes some again; `reply` are its words."""

    since: Instant
    reply: str


class Deliveries(Answer):
    """How the mail of each recipient went; `counts` are those of the newest publication, `revision`.

    `next_cursor` leads on until it is null.
    """

    model_config = example(DELIVERIES)

    revision: int | None = Field(description="Null as long as nothing is published.")
    counts: Counts
    percent: int | None = Field(
        description="How many of a hundred of its mails wait no more; 100 when all are through."
    )
    stopped: MailStopped | None = Field(description="Null unless the mail server refuses us.")
    deliveries: tuple[Delivery, ...]
    next_cursor: str | None
