"""Which parked messages are meant. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.messaging.parked import Parked


@dataclass(frozen=True)
class Wanted:
    """Which parked messages are meant; what is None or empty does not narrow. `until` is excluded."""

    id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def takes(self, parked: Parked) -> bool:
        """Say whether a message is meant; one without a time is in no period."""
        if self.id is not None and parked.id != self.id:
            return False
        if self.since is None and self.until is None:
            return True
        said = parked.said
        return said is not None and (self.since or said) <= said and (self.until is None or said < self.until)
