"""Lists that are mailed as one: one mail to the address of the list, with everybody in its envelope. Pure."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping

from services.distribution.domain.audience import MailingList, Recipient
from services.distribution.domain.circle import Circle
from services.distribution.domain.edition import Edition
from shared.contracts.events import ReviewApproved
from shared.contracts.lists import ListMode, subscription_id


def addresses(lists: Iterable[MailingList], circle: Circle) -> dict[str, str]:
    """Return the lists to which one mail goes, and the address that it is to; what is restricted goes to each alone."""
    if circle.restricted:
        return {}
    return {each.name: each.address for each in lists if each.mode is ListMode.LIST and each.address}


def without_members(
    lists: Iterable[MailingList],
    report: ReviewApproved,
    together: Mapping[str, str],
    known: Collection[Recipient],
    unsubscribed: Container[str] = frozenset(),
) -> tuple[Recipient, ...]:
    """Return lists that nobody here knows the members of, as recipients: their address is all there is of them.

    `together` are the lists to which one mail goes; whoever is `known` gets it already. `unsubscribed` has the ids of
    subscriptions that are no more.
    """
    there, named = {each.email for each in known}, {each.list for each in known}
    empty = (each.name for each in lists if not (each.members or each.includes or each.name in named))
    taking = {each.name for each in lists if each.takes(report)}
    found = {together[name]: name for name in empty if name in together and name in taking}
    return tuple(
        Recipient(email=email, list=name)
        for email, name in found.items()
        if email not in there and subscription_id(name, email) not in unsubscribed
    )


def mailed_before(earlier: Iterable[Edition], name: str, address: str) -> tuple[int, ...]:
    """Return the revisions of these editions that went to a list as one mail to this address, in their order."""
    return tuple(edition.revision for edition in earlier if edition.together.get(name) == address)
