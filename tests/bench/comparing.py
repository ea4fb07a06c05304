"""What became of the ratios that benches are held to: `compared(then, now)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MAY_FALL = 0.15
"""So much less than was recorded is noise; what is below fell."""


@dataclass(frozen=True, slots=True)
class Change:
    """A ratio of a bench, what it is held to and what it is now; None where there is none."""

    bench: str
    name: str
    then: float | None
    now: float | None

    @property
    def fell(self) -> bool:
        """Say whether it is less than what it is held to, by more than noise."""
        return self.then is not None and self.now is not None and self.now < self.then * (1 - MAY_FALL)

    @property
    def missing(self) -> bool:
        """Say whether nothing is known of it any more."""
        return self.now is None

    def told(self) -> str:
        """Lay it out: what it was, what it is, and by how much that is more or less."""
        place = f"{self.bench}: {self.name}:"
        if self.then is None:
            return f"{place} new, {self.now:.2f}"
        if self.now is None:
            return f"{place} missing, {self.then:.2f} before"
        return f"{place} {self.then:.2f} before, {self.now:.2f} now ({100 * (self.now / self.then - 1):+.0f} %)"


def compared(bench: str, then: Mapping[str, float], now: Mapping[str, float]) -> list[Change]:
    """Return what became of each ratio of a bench, in the order in which it was measured; missing ones come last."""
    names = [*now, *(name for name in then if name not in now)]
    return [Change(bench, name, then.get(name), now.get(name)) for name in names]


def better(once: Mapping[str, float], again: Mapping[str, float]) -> dict[str, float]:
    """Return the better of two runs, ratio by ratio: what fell in one of them only did not fall."""
    return {name: max(ratio, again.get(name, ratio)) for name, ratio in {**again, **once}.items()}
