"""What pages need from the world: sessions that are kept, and the ways to sign in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.gateway.domain.access import ApiKey
from services.gateway.domain.sessions import Session


class Sessions(Protocol):
    """Sessions of browsers, by the digest of their cookie's token."""

    async def find(self, digest: str) -> Session | None:
        """Return a session; one that has ended may be there still."""

    async def keep(self, session: Session) -> None:
        """Keep a session, or what it is now."""

    async def end(self, digest: str) -> None:
        """Forget a session; there need not be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How people sign in beside their API key.

    `as_anybody`: whom the development sign-in lets anybody be; nobody where it is off. `secure`: cookies go over TLS
    alone.
    """

    sessions: Sessions
    as_anybody: Sequence[ApiKey] = ()
    secure: bool = True
