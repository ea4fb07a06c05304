"""What knowing callers, and counting their requests, needs from the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.gateway.domain.access import ApiKey
from services.gateway.domain.api_keys import Digests, StoredKey
from services.gateway.domain.identity import Enrolment, Roles
from services.gateway.domain.rates import Policy, Quota
from services.gateway.domain.tokens import SigningKey, TokenRules


class KnownKeys(Protocol):
    """API keys that are kept, as the door needs them."""

    async def find(self, id: str) -> StoredKey | None:
        """Return the key with this id, as it was at most a few seconds ago."""

    async def of(self, email: str) -> Sequence[StoredKey]:
        """Return every key of a person, whatever has become of it."""

    async def used(self, key: StoredKey, at: datetime) -> None:
        """Remember that a key was used. Does not fail: what was asked for matters more."""


class Keys(KnownKeys, Protocol):
    """API keys that are kept, as an admin needs them."""

    async def create(self, key: StoredKey) -> bool:
        """Keep a new key; False when its id is taken, then nothing was done."""

    async def listed(self) -> Sequence[StoredKey]:
        """Return every key that was ever made, the oldest first."""

    async def revoke(self, id: str, at: datetime) -> StoredKey | None:
        """End a key and return it; one that was revoked before stays as it is. None: there is no such key."""


class IssuerAway(Exception):
    """The provider cannot be asked for its keys; worth trying again after `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Issuer(Protocol):
    """The OpenID provider."""

    async def keys(self, kid: str | None) -> Sequence[SigningKey]:
        """Return its keys, fetched anew when none is called `kid` and that is allowed again. Raises: IssuerAway."""


class Rates(Protocol):
    """Counts requests."""

    async def take(self, policy: Policy, who: str) -> Quota:
        """Count one request; return what is left, and whether it was one too many."""


class Roster(Protocol):
    """Lets the community know whom the provider's groups put into it."""

    def saw(self, told: Enrolment) -> None:
        """Take note of what a token tells. Neither waits nor fails: the request that it came with matters more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """The provider whose access tokens are taken, and what its claims mean here; without a roster no group reviews."""

    issuer: Issuer
    rules: TokenRules
    roles: Roles
    roster: Roster | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """By what callers are known: keys of the settings, keys that are kept, access tokens."""

    configured: Sequence[ApiKey]
    kept: KnownKeys
    digests: Digests
    oidc: Oidc | None = None
