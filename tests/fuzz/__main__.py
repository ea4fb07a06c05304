"""`make fuzz`: the whole description of the API, as everybody, against a stack of its own. Ends with a line each."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local import stack
from tests.fuzz.campaign import postmortems, report, sent, whole


def main(folder: Path) -> bool:
    """Start, fuzz, stop; return whether every turn was clean."""
    clean = True
    try:
        run = stack.up(folder / "stack")
        ids = postmortems(run)
        for turn in whole(run):
            done = sent(turn, run, ids, folder)
            clean = clean and done.returncode == 0
            counted = next((line for line in done.stdout.splitlines() if " generated, " in line), "").strip()
            print(f"{'clean ' if done.returncode == 0 else 'BROKEN'} as {turn.who}: {counted}", flush=True)  # noqa: T201
            if done.returncode:
                print(report(turn, done), flush=True)  # noqa: T201
    finally:
        stack.down(folder / "stack")
    return clean


if __name__ == "__main__":
    with TemporaryDirectory(prefix="afterword-fuzz-") as place:
        sys.exit(0 if main(Path(place)) else 1)
