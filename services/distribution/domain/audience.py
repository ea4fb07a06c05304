"""Who gets a report: a union of lists, each person once, without those who wanted no more of a list. Pure.

A restricted one goes only to whom it names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from services.distribution.domain.circle import Circle
from services.distribution.domain.mailing_list import MailingList
from services.distribution.domain.nesting import named_by
from services.distribution.domain.subscription import Subscriber
from shared.contracts.base import Email
from shared.contracts.events import ReviewApproved
from shared.contracts.lists import INVOLVED, subscription_id
from shared.contracts.values import ListUsed

__all__ = ["MailingList", "Recipient", "audience", "lists_used"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person and the list that named them first; of many thousands each takes as little memory as can be."""

    email: Email
    list: str


def audience(
    lists: Iterable[MailingList],
    report: ReviewApproved,
    circle: Circle,
    before: Iterable[Recipient] = (),
    unsubscribed: Collection[str] = frozenset(),
    subscribers: Iterable[Subscriber] = (),
) -> tuple[Recipient, ...]:
    """Return everybody who gets the report, once however many lists name them (guide: the mail).

    `before` got what this report corrects, and are to hear of it though no list names them any more.
    `unsubscribed` has the ids of subscriptions that are no more: such a list does not name that person.
    `subscribers` have put themselves on a list.
    """
    found: dict[str, Recipient] = {}
    on_lists = [] if circle.restricted else _on_lists(tuple(lists), report, subscribers, unsubscribed)
    taking_part = _left_in(_taking_part(report, circle, before), unsubscribed)
    for name, email in (*on_lists, *taking_part):
        found.setdefault(email.lower(), Recipient(email=email, list=name))
    return tuple(found.values())


def lists_used(recipients: Iterable[Recipient]) -> tuple[ListUsed, ...]:
    """Return how many people each list added."""
    counts: dict[str, int] = {}
    for recipient in recipients:
        counts[recipient.list] = counts.get(recipient.list, 0) + 1
    return tuple(ListUsed(name=name, recipients=count) for name, count in counts.items())


def _on_lists(
    lists: Sequence[MailingList],
    report: ReviewApproved,
    subscribers: Iterable[Subscriber],
    unsubscribed: Collection[str],
) -> list[tuple[str, str]]:
    """Each list that takes the report, and each person whom it names, also by the lists that it includes."""
    taking = [each.name for each in lists if each.takes(report)]
    people = named_by(lists, taking, subscribers, unsubscribed)
    return [(name, email) for name in taking for email in people[name]]


def _taking_part(report: ReviewApproved, circle: Circle, before: Iterable[Recipient]) -> list[tuple[str, str]]:
    """Whom no list has to name: those of the incident, and who got what this corrects, by the list that brought it.

    A restricted report goes to nobody for being on a list, and under no list's name: people file mail by that where
    others read it. Of `before` those get it who may see it now.
    """
    involved = _involved(report)
    if circle.restricted:
        told = (recipient.email for recipient in before)
        return [(INVOLVED, email) for email in filter(circle.sees, (*involved, *sorted(circle.readers), *told))]
    return [*((INVOLVED, email) for email in involved), *((told.list, told.email) for told in before)]


def _left_in(named: Iterable[tuple[str, str]], unsubscribed: Collection[str]) -> list[tuple[str, str]]:
    """Leave out who has unsubscribed from what names them."""
    return [each for each in named if subscription_id(*each) not in unsubscribed] if unsubscribed else list(named)


def _involved(report: ReviewApproved) -> list[str]:
    people = [person.email for person in report.people if person.email]
    return [report.owner.email, *people, *(approval.email for approval in report.approvals)]
