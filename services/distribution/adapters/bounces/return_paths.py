"""The envelope sender of each mail (VERP), signed: what comes back there tells which delivery it is about.

`b+<delivery id>-<MAC>@domain`: 61 characters before the @, of 64 that there may be (RFC 5321 section 4.5.3.1.1), and
none of them loses anything when a server on the way writes it in capitals.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass, field
from uuid import UUID

from services.distribution.domain import Delivery

MAC_BYTES = 16
PURPOSE = b"return-path.v1"
LOCAL_PART = re.compile(r"b\+([0-9a-f]{32})-([a-z2-7]{26})")


@dataclass(frozen=True, slots=True)
class ReturnPaths:
    """Makes and reads return paths, by a key that follows from the installation's secret and is good for only this."""

    key: bytes = field(repr=False)
    domain: str

    @classmethod
    def of(cls, secret: str, domain: str) -> ReturnPaths:
        """Return the return paths of an installation."""
        return cls(hmac.digest(secret.encode(), PURPOSE, "sha256"), domain.lower())

    def address(self, row: Delivery) -> str:
        """Return where the mail of a row comes back to, the same for ever."""
        id = UUID(row.id)
        return f"b+{id.hex}-{self._mac(id)}@{self.domain}"

    def read(self, address: str) -> str | None:
        """Return the id of the delivery whose return path this is; None when it was not made here."""
        local, _, domain = address.lower().rpartition("@")
        found = LOCAL_PART.fullmatch(local)
        if found is None or domain != self.domain:
            return None
        id = UUID(hex=found[1])
        return str(id) if hmac.compare_digest(found[2], self._mac(id)) else None

    def _mac(self, id: UUID) -> str:
        mac = hmac.digest(self.key, id.bytes, "sha256")[:MAC_BYTES]
        return base64.b32encode(mac).decode().rstrip("=").lower()
