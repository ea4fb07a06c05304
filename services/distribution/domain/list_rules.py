"""What a list may not be, whoever makes it: the policy file or somebody over the API. Pure."""

from __future__ import annotations

from collections.abc import Collection

from services.distribution.domain.nesting import Includes, circle_through
from shared.contracts.decision import Kind, Refusal
from shared.contracts.lists import INVOLVED, DistributionList, ListMode


def objection(wanted: DistributionList, includes: Includes, kept: Collection[str] = ()) -> Refusal | None:
    """Return the first rule that a list breaks, beside the lists that there are, or None.

    `kept` are the names that it included before: when one of these lists is gone, it may stay as it is.
    """
    return (
        _name_taken(wanted)
        or _address_missing(wanted)
        or _address_is_member(wanted)
        or _includes_unknown(wanted, {*includes, *kept})
        or _includes_itself(wanted, includes)
    )


def _name_taken(wanted: DistributionList) -> Refusal | None:
    if wanted.name != INVOLVED:
        return None
    text = f"The name {INVOLVED!r} is taken: it is everybody of the incident. Take another one."
    return _invalid("name-taken", text, "name")


def _address_missing(wanted: DistributionList) -> Refusal | None:
    if wanted.mode is not ListMode.LIST or wanted.address:
        return None
    text = "In the mode `list` one mail goes to the list: say its `address`, or take the mode `person`."
    return _invalid("address-required", text, "address")


def _address_is_member(wanted: DistributionList) -> Refusal | None:
    if wanted.address is None or wanted.address not in wanted.members:
        return None
    at = wanted.members.index(wanted.address)
    text = f"{wanted.address} is the list's own address; it would mail to itself. Take it out."
    return _invalid("address-is-member", text, f"members.{at}")


def _includes_unknown(wanted: DistributionList, known: Collection[str]) -> Refusal | None:
    for at, name in enumerate(wanted.includes):
        if name not in known and name != wanted.name:
            text = f"There is no list {name!r}: make it first, or take it out."
            return _invalid("included-list-unknown", text, f"includes.{at}")
    return None


def _includes_itself(wanted: DistributionList, includes: Includes) -> Refusal | None:
    circle = circle_through(wanted.name, {**includes, wanted.name: wanted.includes})
    if not circle:
        return None
    at = wanted.includes.index(circle[1])
    text = f"{' includes '.join(circle)}: a list cannot contain itself. Take one of these steps out."
    return _invalid("list-includes-itself", text, f"includes.{at}")


def _invalid(rule: str, detail: str, field: str) -> Refusal:
    return Refusal(kind=Kind.INVALID, rule=rule, detail=detail, field=field)
