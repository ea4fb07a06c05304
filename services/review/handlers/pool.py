"""Whom an assignment is decided from."""

from __future__ import annotations

from datetime import datetime

from services.review.domain import Pool
from services.review.ports import Deps


async def pool(deps: Deps, now: datetime) -> Pool:
    """Return everybody who is or was a member, and what they have to do already; the rules say who can be asked."""
    workload, community = await deps.workloads.workload(now - deps.practice.recent), await deps.community.members()
    return Pool(members=tuple(each.reviewer for each in community), workload=workload)
