"""Sealing the log from where the last seal ends, and verifying all of it."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from deploy.local.errors import LocalError
from deploy.operate.audit.chain import Chain
from deploy.operate.audit.comparing import Comparison, Found, Leaf
from deploy.operate.audit.log import Log
from deploy.operate.audit.seals import LEAF, MOST, Seal, anew, fault_in, leaf, sealed
from shared.clock import Clock

SAME = 16
"""So many of the last sealed entries in a row tell where the last seal ends in a log that was put back."""
NOT_THERE = (
    "the log does not have what was sealed last: `afterword audit verify` says what differs. When the log was lost, or"
    " the front that it forgets was never sealed, begin anew: `afterword audit seal --anew 'why'`"
)


async def seal(log: Log, chain: Chain, clock: Clock, why: str | None = None) -> int:
    """Seal every entry that is in the log and not sealed; return how many. With `why` the chain begins anew.

    It may break off anywhere: what is sealed is sealed, and the rest is the next time.

    Raises: LocalError when the log lacks what was sealed last, or somebody else seals.
    """
    head = chain.head()
    if why is not None and head is not None:
        chain.add(head := anew(head, why, clock.now()))
    end = await log.end()
    begin, salt, done = await _behind(log, head, end), _salt(head), 0
    leaves: list[bytes] = []
    async for entry in log.entries(begin, end):
        leaves.append(leaf(entry, salt))
        begin, last = (entry.place, entry.place) if len(leaves) == 1 else (begin, entry.place)
        if len(leaves) == MOST:
            chain.add(head := sealed(head, leaves, (begin, last), salt, clock.now()))
            done, leaves = done + MOST, []
    if leaves:
        chain.add(sealed(head, leaves, (begin, last), salt, clock.now()))
    return done + len(leaves)


def _salt(head: Seal | None) -> bytes:
    return (head.salt if head else b"") or secrets.token_bytes(LEAF)


async def _behind(log: Log, head: Seal | None, end: int) -> int:
    """Return the place behind the last sealed entry. Raises: LocalError when that is not in the log."""
    if head is None or head.kind == "anew":
        return 0
    if not head.leaves:
        raise LocalError(NOT_THERE)
    async for entry in log.entries(head.end, min(head.end + 1, end)):
        if entry.place == head.end and leaf(entry, head.salt) == head.split()[-1]:
            return head.end + 1
    tail, place = deque(head.split()[-SAME:]), None
    seen: deque[bytes] = deque(maxlen=len(tail))
    async for entry in log.entries(0, end):  # it was put back from a backup: places are others
        seen.append(leaf(entry, head.salt))
        place = entry.place if seen == tail else place
    if place is None:
        raise LocalError(NOT_THERE)
    return place + 1


@dataclass
class Verdict:
    """What verifying found: faults of the chain itself, and how the log compares. `kept`: whose head was kept."""

    head: Seal | None = None
    broken: list[str] = field(default_factory=list)
    anew: list[Seal] = field(default_factory=list)
    compared: Comparison = field(default_factory=lambda: Comparison(iter(())))
    kept: Seal | None = None

    def is_good(self, *, cut: bool) -> bool:
        """Say whether nothing differs; with `cut` the log may lack its front."""
        return not self.broken and not self.compared.differing and (cut or not self.compared.gone)


async def verify(log: Log, chain: Chain, kept: str | None = None) -> Verdict:
    """Look whether the seals are as they were written, `kept` is the digest of one of them, and the log is as sealed.

    Raises: LocalError when nothing is sealed.
    """
    verdict = Verdict()
    _look_at(chain, verdict, kept)
    if verdict.head is None:
        msg = "nothing is sealed yet: `afterword audit seal` begins"
        raise LocalError(msg)
    salt = next((seal.salt for seal in _of_this_log(chain, verdict)), b"")
    verdict.compared = Comparison(_leaves(chain, verdict))
    async for entry in log.entries(0, await log.end()):
        verdict.compared.take(Found(entry.place, entry.id, leaf(entry, salt)))
    verdict.compared.finish()
    return verdict


def _look_at(chain: Chain, verdict: Verdict, kept: str | None) -> None:
    """Look through the chain itself."""
    for seal in chain.seals():
        if fault := fault_in(verdict.head, seal):
            verdict.broken.append(fault)
        if seal.kind == "anew":
            verdict.anew.append(seal)
        if kept and seal.digest.startswith(kept):
            verdict.kept = seal
        verdict.head = seal
    verdict.broken += [
        f"seal {seal.number} has lost the digests of its entries"
        for seal in _of_this_log(chain, verdict)
        if not seal.leaves
    ]
    if kept and verdict.head and (fault := _fault_of(kept, verdict)):
        verdict.broken.append(fault)


def _fault_of(kept: str, verdict: Verdict) -> str | None:
    """Say why a head that was kept does not stand for the log as it is."""
    if verdict.kept is None:
        return f"no seal has the head {kept}: seals were replaced or removed, or an older backup was put back"
    later = [seal for seal in verdict.anew if seal.number > verdict.kept.number]
    if later:
        return (
            f"since the head that you kept the log began anew ({later[-1].why}): what was before cannot be compared any"
            " more. When you know of that, keep the head of now"
        )
    return None


def _of_this_log(chain: Chain, verdict: Verdict) -> Iterator[Seal]:
    """Yield the seals over the log as it is now: those since it began, or began anew."""
    since = verdict.anew[-1].number if verdict.anew else 0
    return (seal for seal in chain.seals() if seal.number > since)


def _leaves(chain: Chain, verdict: Verdict) -> Iterator[Leaf]:
    for seal in _of_this_log(chain, verdict):
        for n, digest in enumerate(seal.split()):
            yield Leaf(seal.number, seal.first + n, digest)
