"""Who calls, and what their role lets them do. The rooms hold the rules of the practice; this is the door."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Email, Line
from shared.contracts.commands import Actor, Role


class ApiKey(BaseModel):
    """A key as it is stored: only its SHA-256. Keys are 256 random bits, so no slow hash is needed."""

    model_config = ConfigDict(frozen=True)

    key_sha256: str
    email: Email
    name: Line
    role: Role


READERS = frozenset({Role.ENGINEER, Role.REVIEWER, Role.ADMIN})
"""Everybody but tools reads and edits; who may approve is decided where reviews are."""
REPORTERS = frozenset(Role)
"""Anybody with a key may report an incident event."""


def who_is(key: str, keys: Iterable[ApiKey]) -> Actor | None:
    """Return whose key this is, or None. Every key is compared, in constant time."""
    digest = sha256(key.encode()).hexdigest()
    found = None
    for known in keys:
        if hmac.compare_digest(digest, known.key_sha256):
            found = Actor(name=known.name, email=known.email, role=known.role)
    return found
