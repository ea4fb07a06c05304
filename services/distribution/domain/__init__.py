"""What is published when, who gets it, and what becomes of each mail. Pure."""

from services.distribution.domain.audience import INVOLVED, MailingList, Recipient, audience
from services.distribution.domain.circle import Circle
from services.distribution.domain.completion import complete, complete_all
from services.distribution.domain.delivery import Counts, Delivery, Outcome, Result, State, backoff, settle
from services.distribution.domain.publication import (
    Edition,
    Issue,
    Publication,
    Terms,
    hear_approval,
    hear_edit,
    hear_meeting_ended,
    publish,
    publish_when_due,
)
from services.distribution.domain.relay import Relay, parse_relay

__all__ = [
    "INVOLVED",
    "Circle",
    "Counts",
    "Delivery",
    "Edition",
    "Issue",
    "MailingList",
    "Outcome",
    "Publication",
    "Recipient",
    "Relay",
    "Result",
    "State",
    "Terms",
    "audience",
    "backoff",
    "complete",
    "complete_all",
    "hear_approval",
    "hear_edit",
    "hear_meeting_ended",
    "parse_relay",
    "publish",
    "publish_when_due",
    "settle",
]
