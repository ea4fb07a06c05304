"""The messages about how somebody wants reports: each at once, a digest a week, or none."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from shared.contracts.base import BaseMessage, Email
from shared.contracts.commands import BaseCommand
from shared.contracts.lists import subscription_id

WEEKLY_DIGEST = "weekly/digest"
"""As which list the digest is known to links and to the ledger; over the API no list can be called so."""


class Reports(StrEnum):
    """When somebody gets reports."""

    IMMEDIATE = "immediate"
    DIGEST = "digest"
    NONE = "none"


def preference_id(email: str) -> str:
    """The id of one person's choice; the address cannot be read out of it, so that a link may carry it."""
    return subscription_id(WEEKLY_DIGEST, email)


class ChangeMailPreference(BaseCommand):
    """Choose when somebody gets reports; `digest_by_list`: whether they take a digest that a list brings them."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "ChangeMailPreference.v1"
    email: Email
    reports: Reports
    digest_by_list: bool = True

    @property
    def subject(self) -> str:
        """The choice."""
        return preference_id(self.email)


class ShowMailPreference(BaseCommand):
    """Ask when somebody gets reports."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "ShowMailPreference.v1"
    email: Email

    @property
    def subject(self) -> str:
        """The choice."""
        return preference_id(self.email)


COMMANDS: tuple[type[BaseMessage], ...] = (ChangeMailPreference, ShowMailPreference)
