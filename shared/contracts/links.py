"""The link with which a recipient unsubscribes: distribution makes it, the gateway reads it. Pure.

`MAC (16 bytes), list id (16), subscription id (16)` in base64url. Ids are hashes, so that the link, and whatever log it
comes into, tells neither the address nor the list.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from uuid import UUID

from shared.contracts.lists import Unsubscribe, list_id, subscription_id

MAC_BYTES = ID_BYTES = 16
PURPOSE = b"unsubscribe.v1"


@dataclass(frozen=True, slots=True)
class UnsubscribeLinks:
    """Makes and reads links with a key that follows from the installation's secret and is good for nothing else."""

    key: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> UnsubscribeLinks:
        """Return the links of an installation."""
        return cls(hmac.digest(secret.encode(), PURPOSE, "sha256"))

    def token(self, list_name: str, email: str) -> str:
        """Return what stands behind `/unsubscribe/`, the same for the same person and list for ever."""
        content = UUID(list_id(list_name)).bytes + UUID(subscription_id(list_name, email)).bytes
        return base64.urlsafe_b64encode(self._mac(content) + content).decode()

    def read(self, token: str) -> Unsubscribe | None:
        """Return what the holder of a link may ask for; None when the link was not made here."""
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except ValueError:
            return None
        mac, content = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if len(content) != 2 * ID_BYTES or not hmac.compare_digest(mac, self._mac(content)):
            return None
        whose, which = UUID(bytes=content[:ID_BYTES]), UUID(bytes=content[ID_BYTES:])
        return Unsubscribe(list_id=str(whose), subscription_id=str(which))

    def _mac(self, content: bytes) -> bytes:
        return hmac.digest(self.key, content, "sha256")[:MAC_BYTES]
