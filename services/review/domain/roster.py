"""Whom a group of the OpenID provider puts into the community, and lets go again. Pure.

A group says less than a person: whoever the policy file names, and whatever somebody said over the API, stays as it is.
"""

from __future__ import annotations

from services.review.domain.membership import Membership
from shared.contracts.community import FollowRoster, Member, ReviewerChanged
from shared.contracts.decision import Decision


def follow_roster(membership: Membership | None, said: FollowRoster) -> Decision[Membership | None]:
    """Take in whoever is in the group, and let go whoever was in it and is no longer.

    An older token than the one that counted last says nothing: somebody may use two for a while.
    """
    member = _wanted(membership, said)
    if member is None:
        return Decision(state=membership)
    version = membership.version + 1 if membership else 1
    changed = Membership(version=version, origin="policy", by_group=True, told_at=said.issued_at, reviewer=member)
    event = ReviewerChanged(version=version, origin="policy", by_group=True, reviewer=member)
    return Decision(state=changed, events=(event,))


def _wanted(membership: Membership | None, said: FollowRoster) -> Member | None:
    """Return the member as they are to be; None when nothing changes."""
    if membership is None:
        return Member(name=said.who.name, email=said.who.email) if said.belongs else None
    if not _may_change(membership, said) or membership.reviewer.active is said.belongs:
        return None
    return membership.reviewer.model_copy(update={"active": said.belongs})


def _may_change(membership: Membership, said: FollowRoster) -> bool:
    is_old = membership.told_at is not None and said.issued_at < membership.told_at
    return membership.origin == "policy" and not is_old and (said.belongs or membership.by_group)
