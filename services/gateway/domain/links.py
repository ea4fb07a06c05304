"""Secret links for programs that cannot send a key: who it is for, to read what, until it is revoked. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer
from pydantic import TypeAdapter, ValidationError

VOUCHED_FOR = timedelta(days=90)
"""For how long an access token that asked for the links makes them good: nobody tells when its person has left."""


class Purpose(StrEnum):
    """What a link opens, and nothing else."""

    FEED = "feed"
    CALENDAR = "calendar"


class NotALink(ValueError):
    """A token that was not made here, or not for this."""


_CONTENT = TypeAdapter(tuple[str, int])


@dataclass(frozen=True, slots=True)
class LinkTokens:
    """Makes and reads the tokens with a secret that all gateways of one installation share."""

    secret: str = field(repr=False)

    def seal(self, purpose: Purpose, email: str, generation: int) -> str:
        """Return a person's token; it is good for as long as the person's generation is this one."""
        return str(self._signing(purpose).dumps([email, generation]))

    def open(self, purpose: Purpose, token: str) -> tuple[str, int]:
        """Return the person and the generation. Raises: NotALink."""
        try:
            email, generation = _CONTENT.validate_python(self._signing(purpose).loads(token))
        except (BadData, ValidationError) as error:
            raise NotALink(purpose) from error
        if token != self.seal(purpose, email, generation):  # base64 has more than one way to write the same
            raise NotALink(purpose)
        return email, generation

    def _signing(self, purpose: Purpose) -> URLSafeSerializer:
        """Sign with a key of each purpose's own, so that no other use of the secret can make a token."""
        signing = {"key_derivation": "hmac", "digest_method": sha256}
        return URLSafeSerializer(self.secret, salt=f"link.{purpose}.v1", signer_kwargs=signing)
