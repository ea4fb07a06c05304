"""Who belongs to the community: load, decide, commit."""

from __future__ import annotations

from services.review import domain
from services.review.domain import PolicyRead
from services.review.ports import Deps
from shared.contracts.base import derived_id
from shared.contracts.community import PutReviewer
from shared.contracts.decision import Reply
from shared.messaging.envelope import Received


async def do_put_reviewer(command: Received[PutReviewer], deps: Deps) -> Reply | None:
    """Take in a member, or change one."""
    membership = await deps.memberships.load(command)
    decision = domain.put_reviewer(membership.state, command.data)
    return await deps.memberships.commit(membership, decision, command)


async def follow_policy(deps: Deps) -> None:
    """Bring the community up to the policy file, before anything is heard; safe to repeat.

    Raises: Conflict, AlreadyHandled when another process is at it too: then do it again.
    """
    for said in domain.read_policy(deps.policy, await deps.community.members(), by_groups=deps.by_groups):
        id = derived_id(said.subject, said.name, said.model_dump_json())
        await _follow(Received(id=id, name=said.name, data=said, correlation_id=id), deps)


async def _follow(said: Received[PolicyRead], deps: Deps) -> None:
    membership = await deps.memberships.load(said)
    await deps.memberships.commit(membership, domain.follow_policy(membership.state, said.data), said)
