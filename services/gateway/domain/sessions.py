"""Sessions of people who read pages in a browser: how long one is good, and whose it is. Pure.

A session is found by the digest of a random token that only its cookie holds. It says how its person proved who they
are, so that a key that is revoked, or a person who is taken out of the settings, ends it with the next request.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from services.gateway.domain.access import ApiKey
from services.gateway.domain.identity import Caller
from shared.contracts.base import Moment
from shared.contracts.commands import Actor

IDLE = timedelta(hours=12)
"""A session that nobody uses for so long ends."""
LONGEST = timedelta(days=7)
"""However much it is used: then whoever vouched for the person is asked again."""
RENEWED_EVERY = timedelta(minutes=5)
"""How often the use of a session is written down."""


class Proof(StrEnum):
    """How somebody showed who they are."""

    SETTINGS = "settings"
    """With a key of the settings, or as one of their people (the development sign-in)."""
    KEY = "key"
    """With a kept API key."""
    PROVIDER = "provider"
    """The OpenID provider said so."""


class Session(BaseModel):
    """One browser of one person. `evidence` names the key: its id, or its digest in the settings; else it is empty.

    `csrf` stands in every form of this session: who does not read our pages cannot know it.
    """

    model_config = ConfigDict(frozen=True)

    digest: str
    actor: Actor
    scopes: frozenset[str] | None = None
    proof: Proof
    evidence: str = ""
    csrf: str
    created_at: Moment
    expires_at: Moment

    def caller(self) -> Caller:
        """Return who calls with this session."""
        return Caller(self.actor, self.scopes, by_token=self.proof is Proof.PROVIDER)

    def is_good(self, now: datetime) -> bool:
        """Say whether it has not ended."""
        return now < self.expires_at

    def allows(self, csrf: str | None) -> bool:
        """Say whether a form came from a page of this session (compared in constant time)."""
        return hmac.compare_digest(self.csrf.encode(), (csrf or "").encode("utf-8", "surrogatepass"))


def digest_of(token: str) -> str:
    """Return what is kept of a cookie's token: 256 random bits, so that no slow hash is needed."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def begun(
    token: str, csrf: str, caller: Caller, proof: Proof, evidence: str, now: datetime, until: datetime | None = None
) -> Session:
    """Return a new session; `until` is when what it stands on ends, if that is known."""
    ends = min(now + IDLE, until) if until else now + IDLE
    return Session(
        digest=digest_of(token),
        actor=caller.actor,
        scopes=caller.scopes,
        proof=proof,
        evidence=evidence,
        csrf=csrf,
        created_at=now,
        expires_at=ends,
    )


def renewed(session: Session, now: datetime) -> Session | None:
    """Return a session that goes on for as long as nobody lets it rest, or None when that need not be written now."""
    ends = min(now + IDLE, session.created_at + LONGEST)
    return session.model_copy(update={"expires_at": ends}) if ends - session.expires_at >= RENEWED_EVERY else None


def as_set(session: Session, configured: Iterable[ApiKey]) -> Caller | None:
    """Return as whom the settings know the person of a session today; None: not any more."""
    for known in configured:
        if hmac.compare_digest(known.key_sha256, session.evidence) and known.email == session.actor.email:
            return Caller(known.actor)
    return None
