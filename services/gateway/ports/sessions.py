"""What pages need from the world: sessions that are kept, and the ways to sign in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.gateway.domain.access import ApiKey
from services.gateway.domain.sessions import Session
from services.gateway.domain.signing_in import Journey, Journeys
from services.gateway.domain.tokens import TokenRules


class Sessions(Protocol):
    """Sessions of browsers, by the digest of their cookie's token."""

    async def find(self, digest: str) -> Session | None:
        """Return a session; one that has ended may be there still."""

    async def keep(self, session: Session) -> None:
        """Keep a session, or what it is now."""

    async def end(self, digest: str) -> None:
        """Forget a session; there need not be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """What a provider gives for a code: an ID token, not yet verified, and what it tells of the person besides."""

    id_token: str
    userinfo: Mapping[str, Any]


class Provider(Protocol):
    """The OpenID provider as people sign in at it; `rules` are those of its ID tokens for us."""

    rules: TokenRules

    async def way(self, journey: Journey, back: str) -> str:
        """Return the address of the provider's page that leads back to this address. Raises: IssuerAway."""

    async def redeem(self, code: str, journey: Journey, back: str) -> Redeemed:
        """Return what the provider gives for a code. Raises: NotAccepted when it does not take it; IssuerAway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How people sign in beside their API key.

    `provider`: where they sign in for us, if there is one; `journeys` remembers who is on the way there. `as_anybody`:
    whom the development sign-in lets anybody be; nobody where it is off. `secure`: cookies go over TLS alone.
    """

    sessions: Sessions
    journeys: Journeys
    provider: Provider | None = None
    as_anybody: Sequence[ApiKey] = ()
    secure: bool = True
