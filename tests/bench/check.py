"""Whether something became slower than it was: `make bench-check`, or `python -m tests.bench.check [BENCH...]`.

Benches run one after the other, each as a process of its own, with fewer rounds and less stored than `make bench` has,
and what they measure is compared with `ratios.json`, which was recorded by the same short runs. Ratios are compared,
never seconds. A bench in which something fell runs once more, and only what fell both times is named. Ends with 1 if
anything fell or a bench failed. `--record` writes `ratios.json` anew, for those benches that ran.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence

from tests.bench.comparing import Change, better, compared
from tests.bench.ratios import KEPT, Ratios, commit, committed, kept

ROUNDS = "5"
SHORT: dict[str, tuple[str, ...]] = {
    "handling": (),
    "front_door": ("--only", "throughput"),
    "drafting": ("--sizes", "1000", "20000"),
    "calendar": ("--events", "100"),
    "mail": ("--memory",),
    "replay": ("50000", "--rebuilds", "1"),
    "library": ("--many", "20000"),
    "standing": ("--seconds", "1"),
    "growth": ("--rooms", "drafting", "review", "gateway", "--sizes", "1000", "20000", "--instances"),
}
"""How benches are asked for less than everything. Those that `--record` was never told of are not compared."""
OWN_ROUNDS: dict[str, str | None] = {"library": "60", "replay": None}
"""Rounds of those benches for which a round is something else; None where there are none."""


class BenchFailed(Exception):
    """A bench did not end well; the text says which, and how."""


def words_of(bench: str, rounds: str | None) -> list[str]:
    """Return the command of a short run."""
    many = rounds if rounds and bench not in OWN_ROUNDS else OWN_ROUNDS.get(bench, ROUNDS)
    return [sys.executable, "-m", f"tests.bench.{bench}", *SHORT.get(bench, ()), *(("--rounds", many) if many else ())]


def run(bench: str, rounds: str | None) -> Ratios:
    """Let a bench measure; return its ratios. Raises: BenchFailed; what it printed is in `.local/bench`."""
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{bench}.json").unlink(missing_ok=True)
    log, began = KEPT / f"{bench}.log", time.monotonic()
    with log.open("wb") as output:
        ended = subprocess.run(words_of(bench, rounds), stdout=output, stderr=subprocess.STDOUT, check=False)
    _say(f"{bench} ran for {time.monotonic() - began:.0f} s")
    if ended.returncode or not (found := kept().get(bench)):
        how = f"ended with {ended.returncode}" if ended.returncode else "kept no ratios"
        msg = f"{bench} {how}; see {os.path.relpath(log)}"
        raise BenchFailed(msg)
    return found


def checked(bench: str, rounds: str | None) -> list[Change]:
    """Compare a bench with what it is held to, twice where something seems to have fallen. Raises: BenchFailed."""
    then, now = committed().get(bench, {}), run(bench, rounds)
    changes = compared(bench, then, now)
    if any(change.fell for change in changes):
        _say(f"{bench}: something seems to have fallen, so once more")
        changes = compared(bench, then, better(now, run(bench, rounds)))
    return changes


def check(benches: Iterable[str], rounds: str | None) -> int:
    """Check benches and tell what became of them; return 1 if anything fell or failed."""
    changes: list[Change] = []
    failed: list[str] = []
    for bench in benches:
        try:
            changes += checked(bench, rounds)
        except BenchFailed as error:
            failed.append(str(error))
    sys.stdout.write("".join(f"{change.told()}\n" for change in changes))
    fell = [change.told() for change in changes if change.fell]
    told = [f"fell: {each}" for each in fell] + [f"failed: {each}" for each in failed]
    sys.stdout.write("\n" + "".join(f"{line}\n" for line in told or ["nothing fell"]))
    return 1 if told else 0


def record(benches: Iterable[str], rounds: str | None) -> int:
    """Write down what benches measure now; return 1 if one failed, which stays held to what it was."""
    failed = 0
    for bench in benches:
        try:
            commit({bench: run(bench, rounds)})
        except BenchFailed as error:
            _say(f"failed: {error}")
            failed = 1
    return failed


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main(words: Sequence[str] | None = None) -> int:
    """Check, or record; return the exit code."""
    asked = argparse.ArgumentParser(description="Whether something became slower than it was.")
    asked.add_argument("benches", nargs="*", metavar="BENCH", help="only these; all that were recorded unless told")
    asked.add_argument("--rounds", help=f"rounds of each bench ({ROUNDS} unless told)")
    asked.add_argument("--record", action="store_true", help="hold benches to what they measure now, on purpose")
    wanted = asked.parse_args(words)
    known = committed()
    benches = wanted.benches or [bench for bench in SHORT if wanted.record or bench in known]
    return (record if wanted.record else check)(benches, wanted.rounds)


if __name__ == "__main__":
    sys.exit(main())
