"""The lists: the policy file begins them, admins change them. Pure.

What an admin said over the API counts until it is deleted, whatever the policy file says of that list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.distribution.domain.list_rules import objection
from services.distribution.domain.mailing_list import MailingList
from services.distribution.domain.nesting import Includes
from shared.contracts.base import BaseMessage
from shared.contracts.commands import Role
from shared.contracts.decision import Decision, Kind, Refusal, Reply
from shared.contracts.lists import DeleteList, DistributionList, ListChanged, PutList, list_id
from shared.contracts.values import Origin


class Listing(BaseModel):
    """What is known of one list; every change is a new version. A deleted one stays as a mark with its number."""

    model_config = ConfigDict(frozen=True)

    version: int
    origin: Origin
    deleted: bool = False
    list: DistributionList


class PolicyRead(BaseMessage):
    """What the policy file says of a list, as a message to ourselves. Never on the wire."""

    name: ClassVar[str] = "PolicyRead.v1"
    list: DistributionList
    deleted: bool
    known_version: int = Field(ge=0)

    @property
    def subject(self) -> str:
        """The list."""
        return list_id(self.list.name)


def read_policy(policy: Iterable[MailingList], known: Iterable[Listing]) -> tuple[PolicyRead, ...]:
    """Return what the policy file says that is not known yet; a list that it no longer names is no more."""
    wanted = {each.name: each.on_the_wire() for each in policy}
    before = {each.list.name: each for each in known}
    gone = {name: each.list for name, each in before.items() if name not in wanted}
    said = [(each, False) for each in wanted.values()] + [(each, True) for each in gone.values()]
    return tuple(
        PolicyRead(list=each, deleted=deleted, known_version=_number(before.get(each.name)))
        for each, deleted in said
        if _differs(before.get(each.name), each, deleted=deleted)
    )


def follow_policy(listing: Listing | None, said: PolicyRead) -> Decision[Listing | None]:
    """Take what the policy file says, unless somebody has changed the list since it was compared."""
    if _number(listing) != said.known_version or not _differs(listing, said.list, deleted=said.deleted):
        return Decision(state=listing)
    return _change(listing, said.list, "policy", deleted=said.deleted)


def put_list(listing: Listing | None, command: PutList, includes: Includes) -> Decision[Listing | None]:
    """Make a list or replace it, beside the lists that there are; admins only."""
    kept = listing.list.includes if listing else ()
    if refusal := _admins_only(command) or _stale(listing, command) or objection(command.list, includes, kept):
        return Decision(state=listing, reply=Reply(refusal=refusal))
    version, created = _number(listing), _seen(listing) == 0
    if listing and not created and (listing.origin, listing.list) == ("api", command.list):
        return Decision(state=listing, reply=Reply(data={"version": version, "created": False}))
    decision = _change(listing, command.list, "api")
    reply = Reply(data={"version": version + 1, "created": created})
    return Decision(state=decision.state, events=decision.events, reply=reply)


def delete_list(
    listing: Listing | None, command: DeleteList, policy: Iterable[MailingList]
) -> Decision[Listing | None]:
    """Remove a list; the one of the policy file, if there is one, stands there again. Admins only."""
    refusal = _admins_only(command) or _not_there(listing) or _stale(listing, command) or _policy_s_own(listing)
    if refusal or listing is None:
        return Decision(state=listing, reply=Reply(refusal=refusal))
    again = next((each.on_the_wire() for each in policy if each.name == command.list_name), None)
    decision = _change(listing, again or listing.list, "policy", deleted=again is None)
    return Decision(state=decision.state, events=decision.events, reply=Reply(data={"version": listing.version + 1}))


def current(known: Iterable[Listing], policy: Iterable[MailingList]) -> tuple[MailingList, ...]:
    """Return the lists that there are: those of the policy file in its order, then others by name."""
    places = {each.name: place for place, each in enumerate(policy)}
    lists = (MailingList(**dict(each.list)) for each in known if not each.deleted)
    return tuple(sorted(lists, key=lambda each: (places.get(each.name, len(places)), each.name)))


def _change(
    listing: Listing | None, wanted: DistributionList, origin: Origin, *, deleted: bool = False
) -> Decision[Listing | None]:
    changed = Listing(version=_number(listing) + 1, origin=origin, deleted=deleted, list=wanted)
    event = ListChanged(version=changed.version, origin=origin, deleted=deleted, list=wanted)
    return Decision(state=changed, events=(event,))


def _differs(listing: Listing | None, wanted: DistributionList, *, deleted: bool) -> bool:
    """Say whether the policy's word is news; of a list that the API has changed it never is."""
    if listing is None or listing.deleted:
        return not deleted
    return listing.origin == "policy" and (deleted or listing.list != wanted)


def _number(listing: Listing | None) -> int:
    return listing.version if listing else 0


def _seen(listing: Listing | None) -> int:
    """Return the version that callers see: none of what is deleted."""
    return 0 if listing is None or listing.deleted else listing.version


def _admins_only(command: PutList | DeleteList) -> Refusal | None:
    if command.actor.role is Role.ADMIN:
        return None
    return Refusal(kind=Kind.FORBIDDEN, rule="admins-only", detail="Only an admin may change lists.")


def _not_there(listing: Listing | None) -> Refusal | None:
    if _seen(listing):
        return None
    return Refusal(kind=Kind.NOT_FOUND, rule="unknown-list", detail="There is no list of this name.")


def _stale(listing: Listing | None, command: PutList | DeleteList) -> Refusal | None:
    if command.base_version in (None, _seen(listing)):
        return None
    text = "This list is not what you saw; read it again and send its ETag as it is."
    return Refusal(kind=Kind.STALE, rule="stale-version", detail=text, data={"version": _seen(listing)})


def _policy_s_own(listing: Listing | None) -> Refusal | None:
    if listing is None or listing.origin == "api":
        return None
    text = "This list stands in the policy file; take it out there. Until then a PUT with no members empties it."
    return Refusal(kind=Kind.CONFLICT, rule="list-of-the-policy", detail=text)
