"""The community of experienced writers, as an assignment is decided from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.review.domain.load import Load
from shared.contracts.community import Member
from shared.contracts.events import Snapshot
from shared.contracts.persons import person

Workload = Mapping[str, Load]
"""A member's address -> what they have to do, and were asked for of late; who is not in it was never asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Who belongs to the community, or did, and what each of them has to do already."""

    members: tuple[Member, ...] = ()
    workload: Workload = field(default_factory=dict)


def barred(draft: Snapshot) -> frozenset[str]:
    """Return the persons who may not approve, by `person`: owner, authors, everybody of the incident."""
    involved = (each.email for each in draft.people if each.email)
    return frozenset(person(email) for email in (draft.owner.email, *draft.authors, *involved))
