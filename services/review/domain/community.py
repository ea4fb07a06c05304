"""The community of experienced writers, and who of it is asked to review what. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from services.review.domain.load import Load
from shared.contracts.community import Member
from shared.contracts.events import Snapshot
from shared.contracts.values import AskedReviewer

Workload = Mapping[str, Load]
"""A member's address -> what they have to do, and have done; who is not in it was never asked."""
NOTHING = Load()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Who can be asked, and what each of them has to do already. `absent` are members who are gone or away now."""

    members: tuple[Member, ...] = ()
    workload: Workload = field(default_factory=dict)
    absent: frozenset[str] = frozenset()


def assign(draft: Snapshot, before: tuple[AskedReviewer, ...], pool: Pool, wanted: int) -> tuple[AskedReviewer, ...]:
    """Choose reviewers: same ones again, then those who know the services, then the least loaded.

    Nobody who is barred is ever chosen, for a restricted postmortem only readers and those who were asked before; ties
    fall by a hash of postmortem and person, so that the choice is the same for the same input and fair over many
    postmortems.
    """

    def rank(member: Member) -> tuple[bool, int, bool, str]:
        asked = any(member.email == reviewer.email for reviewer in before)
        knows = bool(set(member.services) & set(draft.services))
        lot = sha256(f"{draft.postmortem_id}\0{member.email}".encode()).hexdigest()
        return not asked, pool.workload.get(member.email, NOTHING).open, not knows, lot

    known = {*draft.readers, *(reviewer.email for reviewer in before)}
    open_to = [m for m in pool.members if not draft.restricted or m.email in known]
    free = sorted((m for m in open_to if m.email not in barred(draft)), key=rank)
    return tuple(AskedReviewer(name=m.name, email=m.email) for m in free[:wanted])


def barred(draft: Snapshot) -> frozenset[str]:
    """Return the addresses of those who may not approve: owner, authors, everybody of the incident."""
    involved = (person.email for person in draft.people if person.email)
    return frozenset({draft.owner.email, *draft.authors, *involved})
