"""Which part of a postmortem was changed last by whom, so that a change of another part is known as such. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict


class Touch(BaseModel):
    """The last change of one part: in which revision (of tags and readers: in which `access`), when (UTC), by whom.

    `digest` is that of what the part became. `at` and `by` are not known of what changed before they were kept.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    at: datetime | None = None
    by: str = ""
    digest: str = ""


Touched = dict[str, Touch]
"""Part -> its last change. Parts are called as callers call them: `title`, `sections.impact`."""


def touched(known: Mapping[str, Touch], parts: Mapping[str, Any], number: int, at: datetime | None, by: str) -> Touched:
    """Return what is known of each part once they are these; a part that is what it was keeps its last change.

    A part of which nothing is known counts as changed now.
    """
    after = dict(known)
    for name, value in parts.items():
        digest = _digest(value)
        if name not in known or known[name].digest != digest:
            after[name] = Touch(number=number, at=at, by=by, digest=digest)
    return after


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]
