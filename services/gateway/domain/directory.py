"""Who reviews and who gets mail, as people read it: the newest version of each reviewer and list. Pure.

A version is said once, so that whatever order they come in, the same one stands in the end.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Severity
from shared.contracts.community import Member, ReviewerChanged
from shared.contracts.lists import DistributionList, ListChanged, ListMode
from shared.contracts.values import Origin


class KnownReviewer(BaseModel):
    """A member of the community, as was heard last."""

    model_config = ConfigDict(frozen=True)

    version: int
    origin: Origin
    by_group: bool = False
    reviewer: Member


class KnownList(BaseModel):
    """A list, as was heard last; a deleted one stays as a mark with its number."""

    model_config = ConfigDict(frozen=True)

    version: int
    origin: Origin
    deleted: bool = False
    list: DistributionList


K = TypeVar("K", KnownReviewer, KnownList)


class ListSummary(BaseModel):
    """What an overview tells of a list; `members` is how many it has."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    severities: tuple[Severity, ...]
    services: tuple[str, ...]
    members: int
    includes: tuple[str, ...] = ()
    open: bool = True
    mode: ListMode = ListMode.PERSON
    origin: Origin
    deleted: bool


def hear_reviewer(known: KnownReviewer | None, event: ReviewerChanged) -> KnownReviewer:
    """Return what is known of a member after one more fact."""
    heard = KnownReviewer(version=event.version, origin=event.origin, by_group=event.by_group, reviewer=event.reviewer)
    return _newest(known, heard)


def hear_list(known: KnownList | None, event: ListChanged) -> KnownList:
    """Return what is known of a list after one more fact."""
    heard = KnownList(version=event.version, origin=event.origin, deleted=event.deleted, list=event.list)
    return _newest(known, heard)


def _newest(known: K | None, heard: K) -> K:
    return heard if known is None or heard.version > known.version else known


def summary(known: KnownList) -> ListSummary:
    """Return what an overview tells of a list."""
    return ListSummary(
        name=known.list.name,
        title=known.list.title,
        severities=known.list.severities,
        services=known.list.services,
        members=len(known.list.members),
        includes=known.list.includes,
        open=known.list.open,
        mode=known.list.mode,
        origin=known.origin,
        deleted=known.deleted,
    )


def digest(known: KnownReviewer | KnownList) -> str:
    """Return what tells one content of a version from another, should there be two."""
    return sha256(known.model_dump_json().encode()).hexdigest()[:16]


def etag(known: KnownReviewer | KnownList) -> str:
    """Return the strong ETag of an answer that shows this version."""
    return f'"{known.version}-{digest(known)}"'
