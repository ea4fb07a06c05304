"""What the groups of the OpenID provider say of the community: load, decide, commit."""

from __future__ import annotations

from services.review import domain
from services.review.ports import Deps
from shared.contracts.community import FollowRoster
from shared.contracts.decision import Reply
from shared.messaging.envelope import Received


async def do_follow_roster(command: Received[FollowRoster], deps: Deps) -> Reply | None:
    """Take somebody in by their group, or let them go."""
    membership = await deps.memberships.load(command)
    return await deps.memberships.commit(membership, domain.follow_roster(membership.state, command.data), command)
