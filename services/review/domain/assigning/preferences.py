"""Whom of those who may be asked is asked first. Pure.

1. Whoever was asked before and still may: they know the text, and the author knows them.
2. Knowledge of the services, or skills that its tags name: as long as it costs whoever knows no more than
   `knowledge_lead` reviews above the others. Then
3. a fair share of the work: fewest reviews of late, measured by how many each takes.
4. Whoever has more of their day left before it is due.
5. A lot that falls by a hash of postmortem and person: the same whenever it is drawn, another for each postmortem.
"""

from __future__ import annotations

from hashlib import sha256

from services.review.domain.assigning.case import Case
from services.review.domain.assigning.hours import awake
from shared.contracts.community import Level, Member

MENTOR_LEAD = 1
"""How many reviews more than others a mentor takes on when somebody learns beside them."""
Rank = tuple[float, int, bool, int, float, str]
"""The least is asked first."""


def rank(case: Case, member: Member, *, guides: bool) -> Rank:
    """Return where a member stands; `guides`: somebody who is learning reviews beside them."""
    known, load = knowledge(case, member), case.load(member)
    lead = case.practice.knowledge_lead if known else 0
    mentors = guides and member.level is Level.MENTOR
    lead += MENTOR_LEAD if mentors else 0
    day = awake(member, case.practice, case.now, case.due).total_seconds()
    return share(case, member) - lead, -known, not mentors, load.open, -day, lot(case, member)


def knowledge(case: Case, member: Member) -> int:
    """Return 2 for who knows a service of it, 1 for who has a skill that its tags name, else 0."""
    if services_known(case, member):
        return 2
    return 1 if skills_known(case, member) else 0


def services_known(case: Case, member: Member) -> tuple[str, ...]:
    """Return the services of the incident that a member knows."""
    return _shared(case.draft.services, member.services)


def skills_known(case: Case, member: Member) -> tuple[str, ...]:
    """Return the tags of the postmortem that a member has as skills."""
    return _shared(case.draft.tags, member.skills)


def share(case: Case, member: Member) -> float:
    """Return how much a member was asked for of late, by what a usual reviewer takes."""
    load = case.load(member)
    return max(load.recent, load.open) * case.practice.capacity / max(1, case.capacity(member))


def lot(case: Case, member: Member) -> str:
    """Return a member's lot for this postmortem."""
    return sha256(f"{case.draft.postmortem_id}\0{member.email}".encode()).hexdigest()


def _shared(of_the_draft: tuple[str, ...], of_the_member: tuple[str, ...]) -> tuple[str, ...]:
    own = {word.casefold() for word in of_the_member}
    return tuple(word for word in of_the_draft if word.casefold() in own)
