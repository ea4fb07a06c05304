"""Who gets a report: a union of lists, each person once; a restricted one only whom it names. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.distribution.domain.circle import Circle
from shared.contracts.base import Email, Severity, Token
from shared.contracts.events import ReviewApproved
from shared.contracts.values import ListUsed

INVOLVED = "involved"
"""The list that nobody has to keep: owner, people of the incident, those who approved, and readers when restricted."""


class MailingList(BaseModel):
    """A distribution list of the policy; without `severities` or `services` it takes every report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Token
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    members: tuple[Email, ...] = ()
    severities: frozenset[Severity] = frozenset()
    services: frozenset[str] = frozenset()

    def takes(self, report: ReviewApproved) -> bool:
        """Say whether a report goes to this list."""
        fits_severity = not self.severities or report.severity in self.severities
        return fits_severity and (not self.services or bool(self.services & set(report.services)))


class Recipient(BaseModel):
    """A person and the list that named them first."""

    model_config = ConfigDict(frozen=True)

    email: Email
    list: str


def audience(
    lists: Iterable[MailingList], report: ReviewApproved, circle: Circle, before: Iterable[Recipient] = ()
) -> tuple[Recipient, ...]:
    """Return everybody who gets the report, once however many lists name them (guide: the mail).

    `before` got what this report corrects, and are to hear of it though no list names them any more.
    A restricted one goes to nobody for being on a list, and under no list's name: people file mail by that where
    others read it. Of `before` those get it who may see it now.
    """
    found: dict[str, Recipient] = {}
    if circle.restricted:
        told = (recipient.email for recipient in before)
        for email in filter(circle.sees, (*_involved(report), *sorted(circle.readers), *told)):
            found.setdefault(email.lower(), Recipient(email=email, list=INVOLVED))
        return tuple(found.values())
    for mailing_list in lists:
        if mailing_list.takes(report):
            for email in mailing_list.members:
                found.setdefault(email.lower(), Recipient(email=email, list=mailing_list.name))
    for email in _involved(report):
        found.setdefault(email.lower(), Recipient(email=email, list=INVOLVED))
    for recipient in before:
        found.setdefault(recipient.email.lower(), recipient)
    return tuple(found.values())


def lists_used(recipients: Iterable[Recipient]) -> tuple[ListUsed, ...]:
    """Return how many people each list added."""
    counts: dict[str, int] = {}
    for recipient in recipients:
        counts[recipient.list] = counts.get(recipient.list, 0) + 1
    return tuple(ListUsed(name=name, recipients=count) for name, count in counts.items())


def _involved(report: ReviewApproved) -> list[str]:
    people = [person.email for person in report.people if person.email]
    return [report.owner.email, *people, *(approval.email for approval in report.approvals)]
