"""What a relay offers in its answer to EHLO. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The extensions that we use. `size` is None when a relay does not know SIZE, and 0 when it names no limit."""

    pipelining: bool = False
    chunking: bool = False
    dsn: bool = False
    smtputf8: bool = False
    size: int | None = None

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Offers:
        """Read them from the extensions by keyword in lower case."""
        size = extensions.get("size", "0").strip()
        return cls(
            pipelining="pipelining" in extensions,
            chunking="chunking" in extensions,
            dsn="dsn" in extensions,
            smtputf8="smtputf8" in extensions,
            size=None if "size" not in extensions else int(size) if size.isdecimal() else 0,
        )

    def takes(self, size: int) -> bool:
        """Say whether a mail of so many bytes is not too large."""
        return not self.size or size <= self.size
