"""Conditions that callers make (RFC 9110, section 13): what an edit is based on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Header, Response

from services.gateway.domain import etags
from services.gateway.domain.etags import Base
from services.gateway.handlers.problems import Problem
from shared.contracts.events import Snapshot

IfMatch = Annotated[
    tuple[str, ...], Header(alias="If-Match", description="The ETag that you read; `*`: whatever stands there now.")
]
IfNoneMatch = Annotated[tuple[str, ...], Header(alias="If-None-Match", description="ETags that you have.")]


def unless_had(response: Response, if_none_match: Sequence[str]) -> Response:
    """Return an answer whose ETag is made of the whole of it, or 304 when the caller has it just so."""
    same = etags.unchanged(if_none_match, response.headers["ETag"])
    return Response(status_code=304, headers={"ETag": same}) if same else response


def base_of(if_match: Sequence[str], draft: Snapshot) -> Base:
    """Return what the caller has seen. Raises: Problem 428 without If-Match, 412 for what cannot have been."""
    _required(if_match)
    base = etags.base_meant(if_match, draft)
    if base is None:
        text = "If-Match names no revision that there was; read the postmortem again and send its ETag as it is."
        raise Problem(412, "stale-revision", text, field="If-Match", revision=draft.revision)
    return base


def item_version(if_match: Sequence[str], version: int, current: str) -> int:
    """Return the version of an action item that the caller has seen. Raises: Problem 428 without If-Match, 412."""
    _required(if_match)
    base = etags.version_meant(if_match, version, current)
    if base is None:
        text = "If-Match names no version that is current; read the action item again and send its ETag as it is."
        raise Problem(412, "stale-version", text, field="If-Match", version=version)
    return base


def own(if_match: Sequence[str], *fields: str) -> frozenset[str]:
    """Return what of a command does not come from its caller: with `*` the base is ours."""
    return frozenset(fields) if etags.is_any(if_match) else frozenset()


def _required(if_match: Sequence[str]) -> None:
    if not if_match:
        text = "Send If-Match with the ETag that you read, so that no other change is lost."
        raise Problem(428, "if-match-required", text, field="If-Match")
