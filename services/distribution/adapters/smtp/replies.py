"""What a relay says (RFC 5321 section 4.2): bytes become replies, however they are cut. Pure."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

LONGEST_LINE = 8192
MANY = 1000
GO_ON, REFUSALS, CLOSING = 354, 400, 421
_LINE = re.compile(rb"[2-5][0-9]{2}([ -].*)?", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class GarbageError(Exception):
    """What came is no reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A code and the words beside it, those of several lines in one."""

    code: int
    words: str

    @property
    def is_good(self) -> bool:
        """Say whether it means yes."""
        return 200 <= self.code < 300  # noqa: PLR2004 - the classes of replies

    @property
    def is_for_good(self) -> bool:
        """Say whether it is a no that stays."""
        return self.code >= 500  # noqa: PLR2004

    def __str__(self) -> str:
        return f"{self.code} {self.words}".rstrip()


class Replies:
    """Those that came and nobody has taken yet."""

    def __init__(self) -> None:
        self.ready: deque[Reply] = deque()
        self._begun = b""
        self._lines: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Take bytes as they come. Raises: GarbageError."""
        *lines, self._begun = (self._begun + data).split(b"\n")
        for line in lines:
            self._take(line.rstrip(b"\r"))
        if len(self._begun) > LONGEST_LINE or len(self._lines) > MANY or len(self.ready) > MANY:
            msg = "the relay talks without end"
            raise GarbageError(msg)

    def _take(self, line: bytes) -> None:
        if not _LINE.fullmatch(line) or (self._lines and self._lines[0][:3] != line[:3]):
            msg = f"no reply of a relay: {clean(line[:100])}"
            raise GarbageError(msg)
        self._lines.append(line)
        if line[3:4] != b"-":
            self.ready.append(Reply(int(line[:3]), clean(b" ".join(each[4:] for each in self._lines))))
            self._lines = []


def clean(text: bytes | str) -> str:
    """Return words that can be kept and shown: whatever is no text in them is replaced."""
    known = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return _CONTROL.sub(" ", known.decode("utf-8", "replace")).strip()
