"""The publication of a postmortem and its mails, as the API answers them. Pure."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from services.gateway.domain.answers.shapes import Answer, Instant, example

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
    state: Literal["pending", "sending", "accepted", "failed", "unknown", "suppressed"]
    attempts: int
    message_id: str
    reply: str
    updated_at: Instant


class Deliveries(Answer):
    """How the mail of each recipient went; `counts` are those of the newest publication, `revision`."""

    model_config = example({"revision": 2, "counts": COUNTS, "deliveries": [DELIVERY]})

    revision: int | None = Field(description="Null as long as nothing is published.")
    counts: Counts
    deliveries: tuple[Delivery, ...]
