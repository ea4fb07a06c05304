"""Whether the community has to hear what a token tells of somebody's groups. Pure."""

from __future__ import annotations

from services.gateway.domain.directory import KnownReviewer
from services.gateway.domain.identity import Enrolment
from shared.contracts.base import derived_id


def is_news(known: KnownReviewer | None, told: Enrolment) -> bool:
    """Say whether a token tells something that would change a member, as far as is known of them.

    What somebody said over the API stays as it is; only whom a group named can leave by it.
    """
    if known is None:
        return told.belongs
    may_change = known.origin == "policy" and (told.belongs or known.by_group)
    return may_change and known.reviewer.active is not told.belongs


def news_id(known: KnownReviewer | None, told: Enrolment) -> str:
    """Return the id under which it is told: the same at every gateway, another one when either side has changed."""
    version = known.version if known else 0
    return derived_id("roster", told.who.email, str(told.belongs), str(version), told.issued_at.isoformat())
