"""ETags of postmortems, and the conditions that callers make with them (RFC 9110, section 13). Pure.

A tag names the text (revision and content hash) and the whole answer: `"7-<text>-<answer>"`. So a reader is told
whenever anything changed, a meeting's time too, and an edit fails only when somebody else changed the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from shared.contracts.events import Snapshot

GZIPPED = "-gzip"
"""Ends the tag of a compressed answer: other bytes, so another strong tag."""
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_ITEM = re.compile(r"v([1-9][0-9]{0,8})-[0-9a-f]{16}")
_OURS = re.compile(r"([1-9][0-9]{0,8})-([0-9a-f]{16})(-[0-9a-f]{16})?(-gzip)?")


def etag(draft: Snapshot, answer: bytes) -> str:
    """Return the strong ETag of an answer that shows this draft."""
    return f'"{draft.revision}-{_text(draft)}-{sha256(answer).hexdigest()[:16]}"'


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


def revision_meant(if_match: Sequence[str], draft: Snapshot) -> int | None:
    """Return the revision that an edit is for, None when it cannot be the current one; strong comparison.

    A tag of another revision than the known one is not refused here: the library may be behind, the owner knows.
    """
    return draft.revision if is_any(if_match) else number_meant(if_match, draft.revision, _text(draft))


def number_meant(if_match: Sequence[str], version: int, digest: str) -> int | None:
    """Return the version that a change is for, None when the known one has the same number and another digest."""
    found = [_OURS.fullmatch(tag) for weak, tag in _tags(if_match) if not weak]
    named = [(int(match[1]), match[2]) for match in found if match]
    if (version, digest) in named:
        return version
    return max((other for other, _ in named if other != version), default=None)


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
