"""Runs histories: of the real kernel or of one with a planted bug."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass

import structlog

from tests.simulation import words
from tests.simulation.checker import Violation, violations
from tests.simulation.process import Kernel
from tests.simulation.steps import by_hand
from tests.simulation.world import World, new_world

SILENT = 50
REAL = Kernel()


@dataclass(frozen=True, slots=True)
class History:
    """What one seed has come to."""

    seed: int
    world: World
    violations: list[Violation]

    @property
    def faults(self) -> int:
        """How many faults struck."""
        return self.world.faults.total

    def told(self) -> str:
        """Return the history in words: what was broken, then everything that happened."""
        broken = "\n".join(f"  {violation}" for violation in self.violations) or "  nothing is broken"
        head = f"seed {self.seed} (repeat it with `python -m tests.simulation {self.seed}`), {self.faults} faults"
        return f"{head}\n{broken}\n{self.world.record.story()}"


def history(seed: int, kernel: Kernel = REAL) -> History:
    """Run one history; `simulated` has to be open."""
    world = new_world(seed, kernel)
    copy_context().run(world.run)
    return History(seed, world, violations(world.outcome()))


@contextmanager
def simulated() -> Iterator[None]:
    """The simulation's own language is understood, coroutines are stepped by hand, and the kernel logs nothing."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(SILENT))
    try:
        with words.spoken(), by_hand():
            yield
    finally:
        structlog.configure(**before)
