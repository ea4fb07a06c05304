"""What one assignment goes by: the postmortem, who was in it, and how things stand. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.review.domain.community import Pool, Workload
from services.review.domain.load import Load
from services.review.domain.practice import Practice
from shared.contracts.community import Member
from shared.contracts.events import Snapshot
from shared.contracts.persons import person

NOTHING = Load()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that the rules and preferences of one assignment look at.

    `involved` are the persons who may not judge it, under every address that they are known by; `teams` those whose
    members may not either. `before`: the addresses of those who are asked already.
    """

    draft: Snapshot
    before: frozenset[str]
    declined: frozenset[str]
    involved: frozenset[str]
    teams: frozenset[str]
    workload: Workload
    practice: Practice
    now: datetime
    due: datetime

    def load(self, member: Member) -> Load:
        """Return what a member has to do already."""
        return self.workload.get(member.email, NOTHING)

    def capacity(self, member: Member) -> int:
        """Return how many open reviews a member takes."""
        return self.practice.capacity if member.capacity is None else member.capacity


def case_of(
    draft: Snapshot,
    pool: Pool,
    practice: Practice,
    now: datetime,
    due: datetime,
    *,
    before: Iterable[str] = (),
    declined: Iterable[str] = (),
) -> Case:
    """Put together what an assignment goes by."""
    return Case(
        draft=draft,
        before=frozenset(before),
        declined=frozenset(declined),
        involved=same_persons((draft.owner.email, *draft.authors, *_people(draft)), pool.members),
        teams=_teams(draft, pool, practice),
        workload=pool.workload,
        practice=practice,
        now=now,
        due=due,
    )


def accounts(member: Member) -> frozenset[str]:
    """Return every person that a member is: under their address, and under the others that they have named."""
    return frozenset(map(person, (member.email, *member.aliases)))


def same_persons(emails: Iterable[str], members: Collection[Member]) -> frozenset[str]:
    """Return whoever stands behind these addresses, under every address that the community knows of them."""
    known, before = frozenset(map(person, emails)), frozenset[str]()
    while known != before:
        before = known
        known = known.union(*(accounts(member) for member in members if accounts(member) & known))
    return known


def _people(draft: Snapshot) -> Iterable[str]:
    return (who.email for who in draft.people if who.email)


def _teams(draft: Snapshot, pool: Pool, practice: Practice) -> frozenset[str]:
    """The teams that the policy keeps away, as far as they are known; a team has one name, however it is written."""
    if practice.same_team:
        return frozenset()
    others = () if practice.same_team is None else (*draft.authors, *_people(draft))
    persons = same_persons((draft.owner.email, *others), pool.members)
    named = (member.team for member in pool.members if member.team and accounts(member) & persons)
    told = (team for email, team in practice.teams.items() if person(email) in persons)
    return frozenset(team.casefold() for team in (*named, *told))
