"""OpenID Connect access tokens (RFC 9068): which ones are genuine, made for this API, and good now. Pure.

The cryptography is joserfc's. What a token says about how it wants to be verified counts for nothing: the algorithms
are fixed here, the keys are the issuer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from services.gateway.domain.identity import Claims, NotAccepted

SigningKey = RSAKey | ECKey | OKPKey
LEEWAY_S = 30
ALGORITHMS: dict[str, tuple[str, str | None]] = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""What is accepted, with the kind of key that it takes. None is symmetric: nobody signs with what anybody can read."""
LEAST_RSA = 342
"""Characters of an RSA key's modulus: 2048 bits in base64url."""
OWN_WAYS = frozenset({"crit", "jku", "jwk", "x5u", "x5c"})
"""Header fields by which a token tells with what to verify it, or asks for what is not known here."""
_PARTS = 3


class _Registry(JWSRegistry):
    """The library's algorithms without its warning that EdDSA has a newer name, which providers do not write yet."""


def _quiet(name: str) -> Any:
    algorithm = copy(JWSRegistry.algorithms[name])
    algorithm.security_warning = None
    return algorithm


_Registry.algorithms = {name: _quiet(name) for name in ALGORITHMS}
_REGISTRY = _Registry(algorithms=list(ALGORITHMS), strict_check_header=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """Whose tokens are taken, for which audience, and which `typ` they may have."""

    issuer: str
    audience: str
    types: Sequence[str] = ("at+jwt",)

    def allows(self, typ: object) -> bool:
        """Say whether a token may have this type; one that tells none is a plain JWT."""
        known = str(typ or "JWT").lower().removeprefix("application/")
        return known in {each.lower() for each in self.types}


class Header(NamedTuple):
    """What of a token's header matters: the algorithm, and the name of its key."""

    algorithm: str
    kid: str | None


def refused(detail: str) -> NotAccepted:
    """Return the error of a token that is not good."""
    return NotAccepted("invalid-token", detail, detail.replace("`", ""))


def is_token(credential: str) -> bool:
    """Say whether a credential looks like a signed token."""
    return len(credential.split(".")) == _PARTS


def header_of(token: str, rules: TokenRules) -> Header:
    """Return what a token says about itself, so far nothing is verified. Raises: NotAccepted."""
    try:
        header = jws.extract_compact(token.encode("utf-8", "surrogatepass"), registry=_REGISTRY).headers()
    except (JoseError, ValueError) as error:
        raise refused("This is not a signed token: send the access token whole, as the provider gave it.") from error
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise refused(f"The token is not signed with one of {', '.join(ALGORITHMS)}.")
    if OWN_WAYS & header.keys():
        raise refused("The token brings its own key, or asks for extensions: neither is taken.")
    if not rules.allows(header.get("typ")):
        raise refused(f"This is no access token (its typ is not {' or '.join(rules.types)}): do not send an ID token.")
    kid = header.get("kid")
    return Header(algorithm, kid if isinstance(kid, str) else None)


def signing_keys(document: Any) -> tuple[SigningKey, ...]:
    """Return the keys in a JSON Web Key Set with which tokens can be verified; others are left out.

    Raises: ValueError for what is no such set.
    """
    rows = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        msg = "not a JSON Web Key Set: it has no list `keys`"
        raise ValueError(msg)  # noqa: TRY004 - a document is wrong, not an argument
    return tuple(key for key in map(_imported, rows) if key is not None)


def _imported(row: Any) -> SigningKey | None:
    if not isinstance(row, dict) or not _is_for_signatures(row):
        return None
    try:
        key = import_key(row)
    except (JoseError, ValueError):  # a provider may publish what nobody here can use
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None


def _is_for_signatures(row: dict[str, Any]) -> bool:
    kinds = [kind for kind, curve in ALGORITHMS.values() if curve in (None, row.get("crv"))]
    is_long_enough = row.get("kty") != "RSA" or len(str(row.get("n", ""))) >= LEAST_RSA
    return row.get("kty") in kinds and row.get("use", "sig") == "sig" and is_long_enough


def fitting(keys: Iterable[SigningKey], header: Header) -> SigningKey | None:
    """Return the key that a token names, if it is one for its algorithm."""
    kind, _ = ALGORITHMS[header.algorithm]
    for key in keys:
        if key.kid == header.kid and key.key_type == kind and key.alg in (None, header.algorithm):
            return key
    return None


def claims_of(token: str, key: SigningKey | None, rules: TokenRules, now: datetime) -> Claims:
    """Return the claims of a genuine token that is good now. Raises: NotAccepted, with what is wrong."""
    if key is None:
        raise refused("No key of the issuer made this token: get a new one from the provider.")
    try:
        claims = jwt.decode(token, key, registry=_REGISTRY).claims
    except (JoseError, ValueError) as error:
        raise refused("The token's signature is not the issuer's: get a new one from the provider.") from error
    _check(claims, rules, now)
    return claims


def _check(claims: dict[str, Any], rules: TokenRules, now: datetime) -> None:
    known = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": rules.issuer},
        aud={"essential": True, "value": rules.audience},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        known.validate(claims)
    except ExpiredTokenError as error:
        raise refused("The token has expired: get a new one from the provider.") from error
    except MissingClaimError as error:
        raise refused(f"The token lacks {error.claim}.") from error
    except InvalidClaimError as error:
        raise refused(_WRONG.get(str(error.claim), f"The token's {error.claim} is wrong.")) from error


_WRONG = {
    "iss": "The token is from another issuer.",
    "aud": "The token is for another audience: ask the provider for one for this API.",
    "nbf": "The token is not good yet: look at the clocks of the provider and of this machine.",
    "iat": "The token is from the future: look at the clocks of the provider and of this machine.",
}
