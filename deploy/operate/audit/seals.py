"""What a seal is, and what exactly is hashed. Pure.

docs/audit.md writes the same down for whoever verifies without us; change neither alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from deploy.operate.log_parts import Entry
from shared.messaging.parked import text

FORM = "afterword.seal.v1"
LEAF = 32
"""Bytes of a digest, and of the salt."""
BEFORE_THE_FIRST = "0" * 2 * LEAF
"""What the first seal has as the digest of the one before."""
HEADERS = ("ce-type", "ce-source", "ce-subject", "ce-time")
MOST = 10_000
"""Entries that one seal covers: 320 kB of digests, where MongoDB takes 16 MiB in a document."""


class Seal(BaseModel):
    """A seal over a piece of the log, or (`anew`) that the log begins anew, and why.

    `number` counts from 1. `first` is the number of the first entry, from 0 where the log began (anew); `begin` and
    `end` are the places of the first and last entry in the stream by then, which a restored log does not keep. `fold`
    is the digest of all `leaves`, one of `LEAF` bytes an entry, under `salt`. Both are taken away when a person is
    forgotten, so that nobody can try out of whom the log told; the chain of digests stays.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    kind: Literal["entries", "anew"]
    at: datetime
    previous: str
    first: int = 0
    count: int = 0
    begin: int = 0
    end: int = 0
    fold: str = ""
    why: str = ""
    salt: bytes = b""
    leaves: bytes = b""
    digest: str = ""

    def computed(self) -> str:
        """Return the digest that belongs to what the seal says (hex)."""
        numbers = (self.number, self.first, self.count, self.begin, self.end)
        words = (FORM, self.kind, self.at.astimezone(UTC).isoformat(timespec="milliseconds"), self.previous, self.fold)
        return hashlib.sha256(framed(word.encode() for word in (*words, self.why, *map(str, numbers)))).hexdigest()

    def split(self) -> list[bytes]:
        """Return the digest of each entry."""
        return [self.leaves[n : n + LEAF] for n in range(0, len(self.leaves), LEAF)]

    def finished(self) -> Seal:
        """Return it with its digest."""
        return self.model_copy(update={"digest": self.computed()})

    def is_whole(self) -> bool:
        """Say whether nothing of it was changed; leaves that were taken away are not missed."""
        same = not self.leaves or (folded(self.leaves) == self.fold and len(self.leaves) == LEAF * self.count)
        return same and self.computed() == self.digest


def framed(parts: Iterable[bytes]) -> bytes:
    """Return parts one behind the other, each after its length in 8 bytes, so that none can take bytes of another."""
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def leaf(entry: Entry, salt: bytes) -> bytes:
    """Return the digest of an entry: where it was said, its id, type, sayer, subject, time, and the bytes of its body.

    Properties that brokers and libraries add on the way, and traces, are not in it.
    """
    words = (entry.exchange, entry.name, entry.id, *(text(entry.headers, name) for name in HEADERS))
    content = framed((*(word.encode("utf-8", "surrogatepass") for word in words), entry.body))
    return hmac.digest(salt, content, "sha256")


def folded(leaves: bytes) -> str:
    """Return the digest of all digests (hex)."""
    return hashlib.sha256(leaves).hexdigest()


def sealed(head: Seal | None, leaves: Sequence[bytes], places: tuple[int, int], salt: bytes, at: datetime) -> Seal:
    """Return the next seal after `head`, over entries with these digests, of which there is at least one.

    `places` are those of the first and the last.
    """
    one = b"".join(leaves)
    covered = {"first": head.first + head.count if head else 0, "count": len(leaves)}
    where = {"begin": places[0], "end": places[1]}
    digests = {"fold": folded(one), "salt": salt, "leaves": one}
    return _next(head, at).model_copy(update={**covered, **where, **digests}).finished()


def anew(head: Seal, why: str, at: datetime) -> Seal:
    """Return the seal that says why nothing of the log from before can be compared any more."""
    return _next(head, at).model_copy(update={"kind": "anew", "why": why}).finished()


def _next(head: Seal | None, at: datetime) -> Seal:
    number, previous = (head.number + 1, head.digest) if head else (1, BEFORE_THE_FIRST)
    to_the_millisecond = at.replace(microsecond=at.microsecond // 1000 * 1000)  # as MongoDB keeps it
    return Seal(number=number, kind="entries", at=to_the_millisecond, previous=previous)


def fault_in(before: Seal | None, seal: Seal) -> str | None:
    """Say what is wrong with a seal behind another one, or None."""
    number, previous = (before.number + 1, before.digest) if before else (1, BEFORE_THE_FIRST)
    if seal.number != number:
        missing = f"seal {number}" if seal.number == number + 1 else f"seals {number} to {seal.number - 1}"
        return f"{missing} missing before seal {seal.number}"
    if seal.previous != previous:
        return f"seal {seal.number} does not stand on the one before: one of the two was replaced"
    if not seal.is_whole():
        return f"seal {seal.number} is not as it was written"
    return None
