"""What a PUT or DELETE has seen of the thing that it changes, and which one it is: its headers, its address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from services.gateway.domain import directory, etags
from services.gateway.domain.directory import KnownList, KnownReviewer
from services.gateway.handlers.problems import Problem
from shared.contracts.values import Origin

ReadOnly = Annotated[Origin | None, Field(json_schema_extra={"readOnly": True})]
"""Who said it last: may be sent back as it was read, and means nothing then."""
ByGroup = Annotated[bool | None, Field(json_schema_extra={"readOnly": True})]
"""Whether only a group of the provider named a member: so may this."""


def base_version(
    known: KnownReviewer | KnownList | None, if_match: Sequence[str], if_none_match: Sequence[str] = ()
) -> int | None:
    """Return the version that a change is for: 0 when there is to be none, None for whatever stands there.

    Whether it is still the current one is the owner's to say, who also knows a request that is sent again.
    Raises: Problem 428 without a condition, 412 when it cannot be met.
    """
    if etags.is_any(if_none_match) and not if_match:
        return 0
    if not if_match:
        text = "Send If-Match with the ETag that you read, or If-None-Match: * for what is to be new."
        raise Problem(428, "if-match-required", text, field="If-Match")
    if etags.is_any(if_match):
        if known is None:
            raise _failed("There is nothing yet that If-Match: * could mean; send If-None-Match: * for a new one.")
        return None
    version, digest = (known.version, directory.digest(known)) if known else (0, "")
    meant = etags.number_meant(if_match, version, digest)
    if meant is None:
        raise _failed("If-Match names no version that is current; read it again and send its ETag as it is.")
    return meant


def same_as_address(field: str, given: str | None, address: str) -> None:
    """Hold what a body says of its own name to the address that it was sent to. Raises: Problem 422."""
    if given not in (None, address):
        text = f"{field}: {given!r} is not the {field} in the address, {address!r}; leave it out."
        raise Problem(422, "invalid-field", text, field=field)


def _failed(text: str) -> Problem:
    return Problem(412, "stale-version", text, field="If-Match")
