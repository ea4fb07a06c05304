"""Who gets a report: a union of lists, each person once, without those who wanted no more of a list. Pure.

A restricted one goes only to whom it names.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.distribution.domain.circle import Circle
from shared.contracts.base import Email, Severity, Token
from shared.contracts.events import ReviewApproved
from shared.contracts.lists import INVOLVED, DistributionList, ListMode, Members, subscription_id
from shared.contracts.values import ListUsed


class MailingList(BaseModel):
    """A distribution list, as the policy file has it; without `severities` or `services` it takes every report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Token
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    members: Members = ()
    severities: frozenset[Severity] = frozenset()
    services: Annotated[frozenset[Token], Field(max_length=100)] = frozenset()
    includes: Annotated[tuple[Token, ...], Field(max_length=100)] = ()
    owner: Email | None = None
    open: bool = True
    mode: ListMode = ListMode.PERSON
    address: Email | None = None

    def takes(self, report: ReviewApproved) -> bool:
        """Say whether a report goes to this list."""
        fits_severity = not self.severities or report.severity in self.severities
        return fits_severity and (not self.services or bool(self.services & set(report.services)))

    def on_the_wire(self) -> DistributionList:
        """Return the list as messages carry it, always in the same order."""
        ordered = {"severities": tuple(sorted(self.severities)), "services": tuple(sorted(self.services))}
        return DistributionList.model_validate({**dict(self), **ordered})


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
    unsubscribed: Container[str] = frozenset(),
) -> tuple[Recipient, ...]:
    """Return everybody who gets the report, once however many lists name them (guide: the mail).

    `before` got what this report corrects, and are to hear of it though no list names them any more.
    `unsubscribed` has the ids of subscriptions that are no more: such a list does not name that person.
    """
    found: dict[str, Recipient] = {}
    for name, email in _named(lists, report, circle, before):
        if subscription_id(name, email) not in unsubscribed:
            found.setdefault(email.lower(), Recipient(email=email, list=name))
    return tuple(found.values())


def lists_used(recipients: Iterable[Recipient]) -> tuple[ListUsed, ...]:
    """Return how many people each list added."""
    counts: dict[str, int] = {}
    for recipient in recipients:
        counts[recipient.list] = counts.get(recipient.list, 0) + 1
    return tuple(ListUsed(name=name, recipients=count) for name, count in counts.items())


def _named(
    lists: Iterable[MailingList], report: ReviewApproved, circle: Circle, before: Iterable[Recipient]
) -> list[tuple[str, str]]:
    """Each list and each person whom it names.

    A restricted report goes to nobody for being on a list, and under no list's name: people file mail by that where
    others read it. Of `before` those get it who may see it now.
    """
    involved = _involved(report)
    if circle.restricted:
        told = (recipient.email for recipient in before)
        return [(INVOLVED, email) for email in filter(circle.sees, (*involved, *sorted(circle.readers), *told))]
    on_lists = [(each.name, email) for each in lists if each.takes(report) for email in each.members]
    told_by = [(recipient.list, recipient.email) for recipient in before]
    return [*on_lists, *((INVOLVED, email) for email in involved), *told_by]


def _involved(report: ReviewApproved) -> list[str]:
    people = [person.email for person in report.people if person.email]
    return [report.owner.email, *people, *(approval.email for approval in report.approvals)]
