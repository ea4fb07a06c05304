"""Signing in at the OpenID provider: what is remembered on the way there, and whose answer it is. Pure.

OpenID Connect Core 1.0, 3.1 (code flow), with PKCE (RFC 7636). What is remembered travels in a cookie that only we can
have made (itsdangerous), so that any gateway may take the answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict, ValidationError

from services.gateway.domain.identity import Claims

ON_THE_WAY = timedelta(minutes=15)
"""For how long somebody may be at the provider's page."""


class Journey(BaseModel):
    """One way to the provider and back: its secrets, and where the person wants to be afterwards."""

    model_config = ConfigDict(frozen=True)

    state: str
    nonce: str
    verifier: str
    next: str


@dataclass(frozen=True, slots=True)
class Journeys:
    """Seals journeys with a secret that all gateways of one installation share."""

    secret: str = field(repr=False)

    def seal(self, journey: Journey) -> str:
        """Return a journey as a cookie holds it."""
        return self._serializer().dumps(journey.model_dump())

    def open(self, sealed: str, state: str) -> Journey | None:
        """Return the journey that an answer with this state belongs to; None for any other, or after too long."""
        try:
            found = Journey.model_validate(self._serializer().loads(sealed, max_age=int(ON_THE_WAY.total_seconds())))
        except (BadData, ValidationError):
            return None
        return found if hmac.compare_digest(found.state.encode(), state.encode("utf-8", "surrogatepass")) else None

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt="signing-in.v1")


def is_answer_to(journey: Journey, claims: Claims) -> bool:
    """Say whether an ID token was made for this journey, and not taken from another one (Core, 3.1.3.7, 11)."""
    return hmac.compare_digest(journey.nonce.encode(), str(claims.get("nonce", "")).encode("utf-8", "surrogatepass"))


def completed(claims: Claims, userinfo: Mapping[str, Any]) -> Claims:
    """Return an ID token's claims with what only the userinfo tells, if that is of the same person (Core, 5.3.2)."""
    return {**userinfo, **claims} if userinfo.get("sub") == claims.get("sub") else claims
