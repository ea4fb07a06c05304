"""A checker that finds nothing proves nothing: every bug that is planted into the kernel has to be found."""

from __future__ import annotations

import pytest

from tests.simulation.history import history, simulated
from tests.simulation.planted import BUGS

ENOUGH = 3_000
"""Seeds that are tried at most; the page on reliability says how many each bug really needs."""


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found_by_the_promise_that_it_breaks(name: str) -> None:
    bug = BUGS[name]
    with simulated():
        broken = (one.promise for seed in range(ENOUGH) for one in history(seed, bug.kernel).violations)
        assert bug.breaks in broken, f"{ENOUGH} histories and nobody noticed: {name}"
