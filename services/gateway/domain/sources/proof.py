"""How a sender proves itself: everything is compared in constant time, against every secret there is."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Sequence

from services.gateway.domain.sources.delivery import Delivery

BEARER = (
    "Send the secret as `Authorization: Bearer <secret>`, as the password of basic authentication, "
    "or as `?access_token=<secret>` where the tool can set nothing but an address"
)


def among(given: Iterable[str], expected: Iterable[str]) -> bool:
    """Say whether one of the given is one of the expected; what is empty never is."""
    known = [_bytes(one) for one in expected]
    matches = [hmac.compare_digest(_bytes(one), other) for one in given for other in known if one]
    return any(matches)  # all were compared: how long it takes tells nothing


def bearer(delivery: Delivery, secrets: Sequence[str]) -> bool:
    """Say whether the sender, who cannot sign, knows a secret: as a token, as a password, or in its address."""
    return among(_presented(delivery), secrets)


def _presented(delivery: Delivery) -> list[str]:
    scheme, _, credentials = delivery.headers.get("authorization", "").partition(" ")
    presented = [delivery.query.get("access_token", "")]
    if scheme.lower() == "bearer":
        presented.append(credentials.strip())
    elif scheme.lower() == "basic":
        presented.append(_password(credentials.strip()))
    return presented


def _password(credentials: str) -> str:
    try:
        decoded = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError):  # what is no basic authentication proves nothing
        return ""
    return decoded.partition(":")[2]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
