"""Comparing the log with what was sealed of it, entry by entry, and saying where they differ. Pure.

Nothing is missed, wherever it is; a piece of more than `WINDOW` that was put in or taken out is found, too, though
less exactly told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import NamedTuple

WINDOW = 10_000
"""So many entries are looked at to find where log and seals fit again."""
MOST_TOLD = 20


class Leaf(NamedTuple):
    """What was sealed: by which seal, as which entry (from 0), and its digest."""

    seal: int
    number: int
    digest: bytes


class Found(NamedTuple):
    """What is in the log: at which place of the stream, under which id, and its digest."""

    place: int
    id: str
    digest: bytes


START = Leaf(0, -1, b"")


class Fault(NamedTuple):
    """A difference: `seal` and `entry` tell where in the chain, `place` where in the stream as it is now."""

    seal: int
    entry: int
    place: int | None
    what: str

    def __str__(self) -> str:
        where = f"seal {self.seal}, entry {self.entry:,}" if self.seal else "before the first seal"
        return f"{where}{'' if self.place is None else f', place {self.place:,} of the log'}: {self.what}"


class _Gap(NamedTuple):
    """What does not fit: the first ones that are missing, how many that are, and how many stand there instead."""

    leaves: list[Leaf]
    missing: int
    strange: int


@dataclass
class Comparison:
    """Takes the log in its order.

    `fitting` entries are as they were sealed, `gone` is how many lack at its very front, as where old ones are cut off,
    `unsealed` are those that came since. `differing` counts all differences, of which `faults` has the first ones.
    """

    expected: Iterator[Leaf]
    faults: list[Fault] = field(default_factory=list)
    differing: int = 0
    fitting: int = 0
    gone: int = 0
    unsealed: int = 0
    _want: deque[Leaf] = field(default_factory=deque)
    _got: deque[Found] = field(default_factory=deque)
    _last: Leaf = START

    def take(self, found: Found) -> None:
        """Compare one more entry of the log."""
        self._got.append(found)
        if len(self._got) == 1:
            self._go_on()
        elif len(self._got) >= WINDOW:
            self._realign()

    def finish(self) -> None:
        """Compare what is left when the log has ended."""
        while self._got:
            self._realign()
        if (first := self._next()) is not None:
            left = len(self._want) + sum(1 for _ in self.expected)
            self._differs(left, Fault(first.seal, first.number, None, f"missing at the end of the log: {left:,}"))

    def _go_on(self) -> None:
        """Go on for as long as both are the same."""
        while self._got and (wanted := self._next()) is not None and wanted.digest == self._got[0].digest:
            self._fits()
        if self._got and not self._want:
            self.unsealed += len(self._got)
            self._got.clear()

    def _next(self) -> Leaf | None:
        self._want.extend(islice(self.expected, 0 if self._want else 1))
        return self._want[0] if self._want else None

    def _fits(self) -> None:
        self._got.popleft()
        self._last = self._want.popleft()
        self.fitting += 1

    def _realign(self) -> None:
        """Find where both are the same again, tell what lies before, and go on from there."""
        gap = self._nearest() or self._farther()
        self._tell(gap, [self._got.popleft() for _ in range(gap.strange)])
        self._last = gap.leaves[-1] if gap.leaves else self._last
        self._go_on()

    def _nearest(self) -> _Gap | None:
        """Return how many of both to leave out, as few as possible, within the window."""
        self._want.extend(islice(self.expected, WINDOW - len(self._want)))
        at: dict[bytes, int] = {}
        for n, wanted in enumerate(self._want):
            at.setdefault(wanted.digest, n)
        ways = [(at[found.digest], n) for n, found in enumerate(self._got) if found.digest in at]
        if not ways:
            return None
        missing, strange = self._best(ways[0], min(ways, key=sum))
        return _Gap([self._want.popleft() for _ in range(missing)], missing, strange)

    def _best(self, first: tuple[int, int], nearest: tuple[int, int]) -> tuple[int, int]:
        """Return where to go on: at the nearest, but where the front is gone that may be a message said again since."""
        is_cut = self._last is START and not first[1]
        return max(first, nearest, key=self._fitting_from) if is_cut else nearest

    def _fitting_from(self, way: tuple[int, int]) -> int:
        missing, strange = way
        pairs = zip(islice(self._want, missing, None), islice(self._got, strange, None), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0].digest == pair[1].digest, pairs))

    def _farther(self) -> _Gap:
        """Return the same where much is missing; where nothing fits any more, as if all was altered."""
        at: dict[bytes, int] = {}
        for n, found in enumerate(self._got):
            at.setdefault(found.digest, n)
        leaves, missing = list(self._want), len(self._want)
        self._want.clear()
        for wanted in self.expected:
            if wanted.digest in at:
                self._want.append(wanted)
                return _Gap(leaves, missing, at[wanted.digest])
            missing += 1
        return _Gap(leaves, missing, min(missing, len(self._got)))

    def _tell(self, gap: _Gap, strange: list[Found]) -> None:
        if self._last is START and not strange:
            self.gone += gap.missing
        elif gap.missing == len(strange) == len(gap.leaves):
            for leaf, found in zip(gap.leaves, strange, strict=True):
                self._differs(1, Fault(leaf.seal, leaf.number, found.place, f"is another now: {found.id or 'no id'}"))
        else:
            first, place = gap.leaves[0] if gap.leaves else self._last, strange[0].place if strange else None
            self._differs(max(gap.missing, len(strange)), Fault(first.seal, first.number, place, _told(gap, strange)))

    def _differs(self, n: int, fault: Fault) -> None:
        self.differing += n
        if len(self.faults) < MOST_TOLD:
            self.faults.append(fault)


def _told(gap: _Gap, strange: list[Found]) -> str:
    ids = ", ".join(found.id or "no id" for found in strange[:3])
    others = f"{len(strange):,} that nobody sealed ({ids}{', ...' if len(strange) > 3 else ''})"  # noqa: PLR2004
    if not gap.missing:
        return f"behind it stand {others}"
    missing = f"missing from here on: {gap.missing:,}"
    return f"{missing}; in their place stand {others}" if strange else missing
