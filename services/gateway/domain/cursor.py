"""Cursors: where a list goes on. Opaque, signed, bound to the filters of the list that they were made in. Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

Position = tuple[datetime, str]
"""(created_at, id) of the last one seen: what comes in meanwhile moves nothing."""
Filters = Mapping[str, str | None]
MAC_BYTES = 16


class NotACursor(ValueError):
    """A cursor that was not made here, or not for this list; says which."""


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and reads cursors with a secret that all gateways of one installation share."""

    secret: str = field(repr=False)

    def seal(self, after: Position, filters: Filters) -> str:
        """Return the cursor behind this position in the list with these filters."""
        created, id = after
        content = json.dumps([created.isoformat(), id, _digest(filters)]).encode()
        return base64.urlsafe_b64encode(self._mac(content) + content).decode().rstrip("=")

    def open(self, cursor: str, filters: Filters) -> Position:
        """Return the position. Raises: NotACursor for one that is forged, foreign, or made for other filters."""
        created, id, digest = json.loads(self._genuine(cursor))
        if digest != _digest(filters):
            msg = "this cursor was made for a list with other filters; begin that list anew, without a cursor"
            raise NotACursor(msg)
        return datetime.fromisoformat(created), id

    def _genuine(self, cursor: str) -> bytes:
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        mac, content = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(content)):
            msg = "not a cursor of this API; take `next_cursor` as it is"
            raise NotACursor(msg)
        return content

    def _mac(self, content: bytes) -> bytes:
        """Sign with a key of its own, so that no other use of the secret can make a cursor."""
        key = hmac.digest(self.secret.encode(), b"cursor.v1", "sha256")
        return hmac.digest(key, content, "sha256")[:MAC_BYTES]


def _digest(filters: Filters) -> str:
    given = {name: value for name, value in filters.items() if value is not None}
    return sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:16]
