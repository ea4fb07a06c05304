"""Whom an assignment is decided from."""

from __future__ import annotations

from datetime import datetime

from services.review import domain
from services.review.domain import Pool
from services.review.ports import Deps


async def pool(deps: Deps, now: datetime) -> Pool:
    """Return those who can be asked now, neither gone nor away, and what they have to do already."""
    workload, community = await deps.workloads.workload(now - deps.practice.recent), await deps.community.members()
    members = domain.available(community, now, deps.practice.timezone)
    absent = {each.reviewer.email for each in community} - {member.email for member in members}
    return Pool(members=members, workload=workload, absent=frozenset(absent))
