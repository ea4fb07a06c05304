"""The head of a request, read in one pass: what stands before its body, and what has to be known of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

Lines = Iterable[tuple[bytes, bytes]]


class Head:
    """The headers by name, in lower case; of several of one name the first, as `first` and the framework have it."""

    __slots__ = ("first",)

    def __init__(self, lines: Lines) -> None:
        self.first = dict[bytes, bytes]()
        for name, value in lines:
            self.first.setdefault(name, value)

    def text(self, name: bytes) -> str | None:
        """Return the value of a header, or None."""
        value = self.first.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def length(self) -> int:
        """Return how many bytes the body is said to have; 0 when that is not told, or in no number."""
        told = self.first.get(b"content-length", b"0")
        return int(told[:20]) if told.isdigit() else 0

    @property
    def is_ambiguous(self) -> bool:
        """Say whether it tells in two ways where the body ends (RFC 9112, 6.1)."""
        return b"content-length" in self.first and b"transfer-encoding" in self.first

    @property
    def media_type(self) -> str:
        """Return what the body is, without parameters."""
        return (self.text(b"content-type") or "").partition(";")[0].strip().lower()

    @property
    def is_identity(self) -> bool:
        """Say whether the body is sent as it is."""
        return (self.text(b"content-encoding") or "identity").strip().lower() == "identity"
