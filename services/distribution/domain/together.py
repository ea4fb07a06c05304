"""Lists that are mailed as one: one mail to the address of the list, with everybody in its envelope. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from services.distribution.domain.audience import MailingList, Recipient, audience
from services.distribution.domain.circle import Circle
from services.distribution.domain.edition import Edition
from shared.contracts.events import ReviewApproved
from shared.contracts.lists import ListMode, subscription_id


def whom(
    lists: Sequence[MailingList],
    report: ReviewApproved,
    circle: Circle,
    before: Iterable[Recipient] = (),
    unsubscribed: Container[str] = frozenset(),
) -> tuple[tuple[Recipient, ...], dict[str, str]]:
    """Return everybody who gets a report, and the lists to which one mail goes with their addresses.

    What is restricted goes person by person. The arguments are those of `audience`.
    """
    people = audience(lists, report, circle, before, unsubscribed)
    if circle.restricted:
        return people, {}
    together = _addresses(lists)
    return people + _without_members(lists, report, together, people, unsubscribed), together


def mailed_before(earlier: Iterable[Edition], name: str, address: str) -> tuple[int, ...]:
    """Return the revisions of these editions that went to a list as one mail to this address, in their order."""
    return tuple(edition.revision for edition in earlier if edition.together.get(name) == address)


def _addresses(lists: Iterable[MailingList]) -> dict[str, str]:
    return {each.name: each.address for each in lists if each.mode is ListMode.LIST and each.address}


def _without_members(
    lists: Iterable[MailingList],
    report: ReviewApproved,
    together: Mapping[str, str],
    known: Iterable[Recipient],
    unsubscribed: Container[str],
) -> tuple[Recipient, ...]:
    """Lists that nobody here knows the members of, as recipients: their address is all there is of them."""
    there = {recipient.email for recipient in known}
    takes = (each.name for each in lists if not (each.members or each.includes) and each.takes(report))
    named = {together[name]: name for name in takes if name in together}
    return tuple(
        Recipient(email=email, list=name)
        for email, name in named.items()
        if email not in there and subscription_id(name, email) not in unsubscribed
    )
