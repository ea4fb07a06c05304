"""API keys that are kept in the database: what one looks like, and whether it is good now. Pure.

A key is `aw_<id>_<256 random bits>`. It is found by its id; kept is only a keyed digest of the whole, so that neither a
copy of the database nor a write to it makes a key. 256 random bits need no slow hash.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from services.gateway.domain.identity import Caller, NotAccepted
from shared.contracts.base import Email, Line, Moment
from shared.contracts.commands import Actor, Role

USE_NOTED_EVERY = timedelta(minutes=1)
_FORM = re.compile(r"aw_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
_NOBODYS = "0" * 64


class StoredKey(BaseModel):
    """A key as it is kept. `scopes` of None: all that the role may; times of None: never."""

    model_config = ConfigDict(frozen=True)

    id: str
    digest: str
    email: Email
    name: Line
    role: Role
    scopes: frozenset[str] | None = None
    created_at: Moment
    expires_at: Moment | None = None
    last_used_at: Moment | None = None
    revoked_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Digests:
    """Makes the digests of keys with a secret that all gateways of one installation share."""

    secret: str = field(repr=False)

    def of(self, key: str) -> str:
        """Return what is kept of a key. The secret's use here has a key of its own, no other use can make a digest."""
        pepper = hmac.digest(self.secret.encode(), b"api-key.v1", "sha256")
        return hmac.digest(pepper, key.encode("utf-8", "surrogatepass"), "sha256").hex()


def id_of(key: str) -> str | None:
    """Return the id in a key, or None for what does not look like one."""
    match = _FORM.fullmatch(key)
    return match[1] if match else None


def unknown_key() -> NotAccepted:
    """Return the error of a key that nobody has."""
    return NotAccepted(
        "no-valid-key",
        "There is no such API key. Check that it was copied whole, or ask an admin for a new one.",
        "The API key is not known.",
    )


def judge(stored: StoredKey | None, digest: str, now: datetime) -> Caller:
    """Return whose key this is, by what is kept under its id. Raises: NotAccepted.

    Why a key is no longer good is told only to whoever has the genuine one; a guess is unknown, whatever it hits.
    """
    genuine = hmac.compare_digest(digest, stored.digest if stored else _NOBODYS)
    if stored is None or not genuine:
        raise unknown_key()
    if stored.revoked_at:
        raise _over(stored, "key-revoked", "was revoked", stored.revoked_at)
    if stored.expires_at and stored.expires_at <= now:
        raise _over(stored, "key-expired", "expired", stored.expires_at)
    return Caller(Actor(name=stored.name, email=stored.email, role=stored.role), stored.scopes)


def good_of(keys: Iterable[StoredKey], now: datetime) -> tuple[Caller, ...]:
    """Return as whom these keys make their person known: once for each that has not ended."""
    good = (key for key in keys if not key.revoked_at and (key.expires_at is None or key.expires_at > now))
    return tuple(Caller(Actor(name=key.name, email=key.email, role=key.role), key.scopes) for key in good)


def is_use_to_be_noted(stored: StoredKey, now: datetime) -> bool:
    """Say whether it is time to write down that a key is in use."""
    return stored.last_used_at is None or stored.last_used_at + USE_NOTED_EVERY <= now


def _over(stored: StoredKey, rule: str, how: str, at: datetime) -> NotAccepted:
    said = f"The API key {stored.id} {how} on {at:%Y-%m-%d at %H:%M} UTC"
    return NotAccepted(rule, f"{said}. Ask an admin for a new one (`afterword key create`).", f"{said}.")
