"""What a status code (RFC 3463) tells of an address. Pure.

Not everything of class 5 is about the address: a text that a filter dislikes, a mail that is too large and a sender who
is not allowed are refused for good too, and to suppress people for it would silence a whole company over one bad day.
"""

from __future__ import annotations

from shared.contracts.bounces import BounceKind

FULL = "5.2.2"
"""The mailbox is full: class 5 to many servers, though it passes."""
OF_THE_MAIL = ("5.2.3", "5.2.4", "5.3.4", "5.1.7", "5.1.8")
"""Too long for the mailbox, its list is not expanded, too large for the system, the sender's address is not good."""
SUBJECTS_OF_THE_MAIL = ("5.5.", "5.6.", "5.7.")
"""The protocol, the contents, and security or policy: about how and by whom it was sent, or what it holds."""


def kind_of(status: str) -> BounceKind:
    """Return what a status that ends a delivery says of the address."""
    if status == FULL or not status.startswith("5."):
        return BounceKind.SOFT
    is_of_the_mail = status in OF_THE_MAIL or status.startswith(SUBJECTS_OF_THE_MAIL)
    return BounceKind.REFUSED if is_of_the_mail else BounceKind.HARD
