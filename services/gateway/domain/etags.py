"""ETags of postmortems, and the conditions that callers make with them (RFC 9110, section 13). Pure.

A tag names the text (revision and content hash), the count of changes of tags and readers, and the whole answer:
`"7-<text>-a2-<answer>"`. So a reader is told whenever anything changed, a meeting's time too, and an edit says what it
is made on; whether that stands in the way of what has changed since, the owner of the text decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from shared.contracts.events import Snapshot

GZIPPED = "-gzip"
"""Ends the tag of a compressed answer: other bytes, so another strong tag."""
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_ITEM = re.compile(r"v([1-9][0-9]{0,8})-[0-9a-f]{16}")
_OURS = re.compile(r"([1-9][0-9]{0,8})-([0-9a-f]{16})(?:-a(0|[1-9][0-9]{0,8}))?(-[0-9a-f]{16})?(-gzip)?")


class Base(NamedTuple):
    """What an edit is made on: a revision, how its content hash begins, and the count of `access` where it is known."""

    revision: int
    digest: str
    access: int | None = None


def etag(draft: Snapshot, answer: bytes) -> str:
    """Return the strong ETag of an answer that shows this draft."""
    return f'"{draft.revision}-{_text(draft)}-a{draft.access}-{sha256(answer).hexdigest()[:16]}"'


def named(revision: int, content_hash: str) -> str:
    """Return a tag that names a revision by its text alone, for an edit that is made on it."""
    return f'"{revision}-{content_hash[:16]}"'


def of_bytes(document: bytes) -> str:
    """Return the strong ETag of a document that is no postmortem."""
    return f'"{sha256(document).hexdigest()[:32]}"'


def unchanged(if_none_match: Sequence[str], current: str) -> str | None:
    """Return the tag by which a caller has the current answer already, or None; weak comparison."""
    if is_any(if_none_match):
        return current
    for weak, tag in _tags(if_none_match):
        if tag.removesuffix(GZIPPED) == current.strip('"'):
            return f'{weak}"{tag}"'
    return None


def base_meant(if_match: Sequence[str], draft: Snapshot) -> Base | None:
    """Return what an edit is made on, None when no tag is one of ours that can have been; strong comparison.

    A tag of another revision than the known one is not refused here: the owner knows its text, and what changed since.
    """
    if is_any(if_match):
        return Base(draft.revision, _text(draft), draft.access)
    return _meant(_named(if_match), draft.revision, _text(draft))


def number_meant(if_match: Sequence[str], version: int, digest: str) -> int | None:
    """Return the version that a change is for, None when the known one has the same number and another digest."""
    meant = _meant(_named(if_match), version, digest)
    return meant.revision if meant else None


def _named(if_match: Sequence[str]) -> list[Base]:
    found = [_OURS.fullmatch(tag) for weak, tag in _tags(if_match) if not weak]
    return [Base(int(match[1]), match[2], int(match[3]) if match[3] else None) for match in found if match]


def _meant(named: Sequence[Base], number: int, digest: str) -> Base | None:
    """Return the tag of what is known, else the one of the highest other number."""
    known = [base for base in named if (base.revision, base.digest) == (number, digest)]
    return max(known or [base for base in named if base.revision != number], key=_order, default=None)


def _order(base: Base) -> tuple[int, int]:
    return base.revision, -1 if base.access is None else base.access


def item_etag(version: int, answer: bytes) -> str:
    """Return the strong ETag of an answer that shows this version of an action item."""
    return f'"v{version}-{sha256(answer).hexdigest()[:16]}"'


def version_meant(if_match: Sequence[str], version: int, current: str) -> int | None:
    """Return the version that a change is for, None when it cannot be the current one; strong comparison.

    As with revisions, a tag of another version than the known one is for the owner to judge.
    """
    if is_any(if_match):
        return version
    tags = [tag.removesuffix(GZIPPED) for weak, tag in _tags(if_match) if not weak]
    if current.strip('"') in tags:
        return version
    named = (int(match[1]) for tag in tags if (match := _ITEM.fullmatch(tag)))
    return max((each for each in named if each != version), default=None)


def is_any(condition: Sequence[str]) -> bool:
    """Say whether a condition is `*`: whatever there is."""
    return "*" in map(str.strip, condition)


def _tags(values: Sequence[str]) -> list[tuple[str, str]]:
    return _TAG.findall(", ".join(values))


def _text(draft: Snapshot) -> str:
    return draft.content_hash[:16]
