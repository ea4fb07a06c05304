"""Whom the end of mail to an address is told: the owner of the list, else the admins. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from services.distribution.domain.audience import MailingList
from shared.contracts.base import Owner


def who_is_told(email: str, list_name: str, lists: Iterable[MailingList], admins: Iterable[Owner]) -> tuple[Owner, ...]:
    """Return whom to tell that mail to an address ended; never the address itself."""
    owner = next((each.owner for each in lists if each.name == list_name), None)
    if owner and owner != email:
        return (Owner(name=owner, email=owner),)
    return tuple(admin for admin in admins if admin.email != email)
