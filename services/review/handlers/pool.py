"""Whom an assignment is decided from."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from services.review.domain import Pool
from services.review.ports import Deps


async def pool(deps: Deps, now: datetime) -> Pool:
    """Return everybody who is or was a member, and what they have to do already; the rules say who can be asked."""
    since = (now - deps.practice.recent).astimezone(UTC).date()
    workload, community = await asyncio.gather(deps.workloads.workload(since, now), deps.community.members())
    return Pool(members=tuple(each.reviewer for each in community), workload=workload)
