"""Lists that are mailed as one: one mail to the address of the list, with everybody in its envelope. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from services.distribution.domain.audience import MailingList, Recipient, audience
from services.distribution.domain.circle import Circle
from services.distribution.domain.edition import Edition
from services.distribution.domain.subscription import Subscriber
from shared.contracts.events import ReviewApproved
from shared.contracts.lists import ListMode


def whom(
    lists: Sequence[MailingList],
    report: ReviewApproved,
    circle: Circle,
    before: Iterable[Recipient] = (),
    unsubscribed: Collection[str] = frozenset(),
    subscribers: Iterable[Subscriber] = (),
) -> tuple[tuple[Recipient, ...], dict[str, str]]:
    """Return everybody who gets a report, and the lists to which one mail goes with their addresses.

    What is restricted goes person by person. The arguments are those of `audience`.
    """
    people = audience(lists, report, circle, before, unsubscribed, subscribers)
    return people, {} if circle.restricted else _addresses(lists)


def mailed_before(earlier: Iterable[Edition], name: str, address: str) -> tuple[int, ...]:
    """Return the revisions of these editions that went to a list as one mail to this address, in their order."""
    return tuple(edition.revision for edition in earlier if edition.together.get(name) == address)


def _addresses(lists: Iterable[MailingList]) -> dict[str, str]:
    return {each.name: each.address for each in lists if each.mode is ListMode.LIST and each.address}
