"""Print one history: `python -m tests.simulation SEED [BUG]`; without a seed, measure histories and planted bugs."""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.simulation.history import REAL, History, history, simulated
from tests.simulation.planted import BUGS

MEASURED = 20_000
TRIED = 1_000


def measure() -> str:
    """Return the figures of the page on reliability."""
    started, met, faults, broken, steps = time.perf_counter(), Counter[str](), 0, 0, 0
    for seed in range(MEASURED):
        one = history(seed)
        met.update(one.world.faults.met)
        broken += bool(one.violations)
        steps += one.world.steps
        faults += one.faults
    took = time.perf_counter() - started
    figures = [
        f"{MEASURED} histories, {steps} steps, {faults} faults, {broken} violated, {MEASURED / took:.0f} histories/s",
        str(dict(met)),
    ]
    return "\n".join([*figures, *(f"| {name} | {_found(name)} |" for name in BUGS)])


def _found(name: str) -> str:
    bug = BUGS[name]
    found = [
        seed for seed in range(TRIED) if any(one.promise is bug.breaks for one in history(seed, bug.kernel).violations)
    ]
    return f"{bug.breaks} | {found[0] if found else 'never'} | {100 * len(found) / TRIED:.1f} %"


def told(seed: int, bug: str | None) -> str:
    """Return one history in words."""
    one: History = history(seed, BUGS[bug].kernel if bug else REAL)
    return one.told()


if __name__ == "__main__":
    arguments = [*sys.argv[1:], None, None]
    with simulated():
        text = told(int(arguments[0]), arguments[1]) if arguments[0] else measure()
    sys.stdout.write(text + "\n")
