"""An OpenID provider for tests: it signs what a test wants, with keys that a test can rotate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from services.gateway.domain.identity import Roles
from services.gateway.domain.tokens import SigningKey, TokenRules, signing_keys
from services.gateway.ports import IssuerAway, Oidc
from shared.contracts.commands import Role
from tests.helpers.builders import NOW

ISSUER, AUDIENCE = "https://login.example.com/company", "https://afterword.example.com"
RULES = TokenRules(issuer=ISSUER, audience=AUDIENCE)
ROLES = Roles(by_group={"pagers": Role.TOOL, "sre": Role.ENGINEER, "reviewers": Role.REVIEWER, "sre-leads": Role.ADMIN})


class _Signing(JWSRegistry):
    """Signs with anything, as an attacker would."""

    max_header_length = 10_000

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]

    def check_header(self, header: Any) -> None:
        return None


@cache
def rsa(kid: str) -> RSAKey:
    """Return an RSA key; the same for the same name."""
    return RSAKey.generate_key(2048, {"kid": kid})


@cache
def elliptic(kid: str, curve: Any = "P-256") -> ECKey:
    """Return a key on a curve."""
    return ECKey.generate_key(curve, {"kid": kid})


@cache
def edwards(kid: str) -> OKPKey:
    """Return an Ed25519 key."""
    return OKPKey.generate_key("Ed25519", {"kid": kid})


def signed(claims: dict[str, Any], key: Key, algorithm: str = "RS256", **header: Any) -> str:
    """Return a token; a header field of None is left out."""
    fields = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid, **header}
    known = {name: value for name, value in fields.items() if value is not None}
    return jwt.encode(known, claims, key, registry=_Signing(), default_type=None)


def claims(now: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """Return the claims of an engineer's token, good for five minutes; a change to None leaves one out."""
    at = int(now.timestamp())
    told = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "8c2f",
        "client_id": "dashboard",
        "iat": at,
        "exp": at + 300,
        "jti": "t-1",
        "email": "Pat.Doe@example.com",
        "email_verified": True,
        "name": "Pat Doe",
        "groups": ["everybody", "sre"],
    }
    return {name: value for name, value in {**told, **changes}.items() if value is not None}


def key_set(*keys: Key) -> dict[str, Any]:
    """Return the JSON Web Key Set that a provider publishes."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


@dataclass
class FakeIssuer:
    """A provider with these keys; `away` makes it not answer for those that it has not told."""

    published: Sequence[Key] = field(default_factory=lambda: (rsa("k1"),))
    away: bool = False
    asked: list[str | None] = field(default_factory=list)

    async def keys(self, kid: str | None) -> Sequence[SigningKey]:
        self.asked.append(kid)
        known = signing_keys(key_set(*self.published))
        if self.away and all(key.kid != kid for key in known):
            raise IssuerAway("connection refused", 10)
        return known


def oidc(issuer: FakeIssuer | None = None) -> Oidc:
    """Return a provider as the gateway knows it."""
    return Oidc(issuer=issuer or FakeIssuer(), rules=RULES, roles=ROLES)
