"""The community of experienced writers: the policy file begins it, people change it. Pure.

What somebody said over the API counts from then on, whatever the policy file says of that member.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.base import BaseMessage
from shared.contracts.commands import Role
from shared.contracts.community import Member, PutReviewer, ReviewerChanged, is_away, reviewer_id
from shared.contracts.decision import Decision, Kind, Reply, refuse
from shared.contracts.values import Origin


class Membership(BaseModel):
    """What is known of one member; every change is a new version.

    `by_group`: a group of the OpenID provider named them, and nobody else has; `told_at` is of when its word is.
    """

    model_config = ConfigDict(frozen=True)

    version: int
    origin: Origin
    by_group: bool = False
    told_at: datetime | None = None
    reviewer: Member


class PolicyRead(BaseMessage):
    """What the policy file says of a member, as a message to ourselves. Never on the wire."""

    name: ClassVar[str] = "PolicyRead.v1"
    reviewer: Member
    known_version: int = Field(ge=0)

    @property
    def subject(self) -> str:
        """The member."""
        return reviewer_id(self.reviewer.email)


def read_policy(
    policy: Iterable[Member], known: Iterable[Membership], *, by_groups: bool = False
) -> tuple[PolicyRead, ...]:
    """Return what the policy file says that is not known yet; whom it no longer names has left.

    Whom a group named stays, as long as the file has groups that review (`by_groups`).
    """
    wanted = {member.email: member for member in policy}
    before = {each.reviewer.email: each for each in known}
    left = {
        email: each.reviewer.model_copy(update={"active": False})
        for email, each in before.items()
        if each.origin == "policy" and email not in wanted and not (each.by_group and by_groups)
    }
    return tuple(
        PolicyRead(reviewer=member, known_version=_version(before.get(email)))
        for email, member in (wanted | left).items()
        if _differs(before.get(email), member)
    )


def follow_policy(membership: Membership | None, said: PolicyRead) -> Decision[Membership | None]:
    """Take what the policy file says, unless somebody has changed the member since it was compared."""
    if _version(membership) != said.known_version or not _differs(membership, said.reviewer):
        return Decision(state=membership)
    return _change(membership, said.reviewer, "policy")


def put_reviewer(membership: Membership | None, command: PutReviewer) -> Decision[Membership | None]:
    """Take a member in, or change one; people their own entry, an admin anybody's."""
    actor, version = command.actor, _version(membership)
    if actor.role is not Role.ADMIN and actor.email != command.reviewer.email:
        text = "You may change your own entry; an admin may change anybody's."
        return refuse(membership, Kind.FORBIDDEN, "own-entry-or-admin", text)
    if command.base_version not in (None, version):
        text = "This member is not what you saw; read the entry again and send its ETag as it is."
        return refuse(membership, Kind.STALE, "stale-version", text, version=version)
    if membership and (membership.origin, membership.reviewer) == ("api", command.reviewer):
        return Decision(state=membership, reply=Reply(data={"version": version, "created": False}))
    decision = _change(membership, command.reviewer, "api")
    data = {"version": version + 1, "created": membership is None}
    return Decision(state=decision.state, events=decision.events, reply=Reply(data=data))


def available(community: Iterable[Membership], now: datetime, zone: str = "UTC") -> tuple[Member, ...]:
    """Return those who can be asked to review: neither gone nor away. `zone` is of those who have none of their own."""
    members = (each.reviewer for each in community)
    return tuple(m for m in members if m.active and not is_away(m, now, zone))


def _change(membership: Membership | None, member: Member, origin: Origin) -> Decision[Membership | None]:
    changed = Membership(version=_version(membership) + 1, origin=origin, reviewer=member)
    event = ReviewerChanged(version=changed.version, origin=origin, reviewer=member)
    return Decision(state=changed, events=(event,))


def _differs(membership: Membership | None, member: Member) -> bool:
    """Say whether the policy's word is news; of whom the API has changed it never is."""
    if membership is None:
        return True
    return membership.origin == "policy" and (membership.by_group or membership.reviewer != member)


def _version(membership: Membership | None) -> int:
    return membership.version if membership else 0
