"""What a returned mail says, and what becomes of the address that it was sent to. Pure."""

from services.distribution.domain.bouncing.bounce import Bounce, BounceHeard, BounceTerms
from services.distribution.domain.bouncing.mailbox import BounceMailbox, parse_mailbox
from services.distribution.domain.bouncing.report import Report, about, bounce_of
from services.distribution.domain.bouncing.standing import Standing, Suppression, hear_bounce, lift
from services.distribution.domain.bouncing.status import kind_of
from services.distribution.domain.bouncing.telling import who_is_told

__all__ = [
    "Bounce",
    "BounceHeard",
    "BounceMailbox",
    "BounceTerms",
    "Report",
    "Standing",
    "Suppression",
    "about",
    "bounce_of",
    "hear_bounce",
    "kind_of",
    "lift",
    "parse_mailbox",
    "who_is_told",
]
