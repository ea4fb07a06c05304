"""All tests, in three processes side by side: `python -m tests`, which is what `make test` runs.

Those on real servers wait most of their time, each for what it has broken or for all five rooms, so two processes of
them run at a time. Those that compute all the time run beside them and give way. What the others say is shown when they
are through: all of it when one failed.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from subprocess import STDOUT, Popen
from tempfile import TemporaryFile
from types import FrameType
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
WHOLE = ("tests/e2e", "tests/faults")
"""Those of all five rooms together, well or broken."""
BESIDE = (
    "tests/architecture",
    "tests/unit",
    "tests/simulation",
    "tests/contract/test_asyncapi.py",
    "tests/contract/test_messages.py",
    "tests/contract/test_openapi.py",
    "tests/observability",
    "tests/fuzz",
    "tests/clients",
    "tests/kubernetes",
    "tests/supply",
    "tests/calendars",
)
"""Those that compute, on servers or without. The first process runs whatever is in neither: nothing is left out."""
NO_TESTS = 5
"""What pytest returns when nothing is to be run, as with `-k` for one of them."""


def commands(options: Sequence[str]) -> tuple[list[str], ...]:
    """Return what runs the tests, each a process of its own with the same options; the first one runs what is left."""
    pytest = [sys.executable, "-m", "pytest", *options]
    rest = [*pytest, "tests", *(f"--ignore={path}" for path in (*WHOLE, *BESIDE))]
    whole = [*pytest, "-o", "cache_dir=.pytest_cache/whole", *WHOLE]
    return rest, whole, ["nice", "-n", "10", *pytest, "-o", "cache_dir=.pytest_cache/beside", *BESIDE]


def together(first: Sequence[str], *others: Sequence[str]) -> int:
    """Run all, the others unseen until they end. Return 0 when all are well, else what one of them failed with."""
    with ExitStack() as left:
        said = [left.enter_context(TemporaryFile()) for _ in others]
        # in sessions of their own: a ^C reaches each of them once, from here, so that all stop their servers
        processes: list[Popen[bytes]] = []
        _pass_on(processes)  # first: what whoever started us ignores, they would ignore, too, if it was not caught here
        processes.append(Popen(first, cwd=ROOT, start_new_session=True))
        for other, file in zip(others, said, strict=True):
            processes.append(Popen(other, cwd=ROOT, start_new_session=True, stdout=file, stderr=STDOUT))
        codes = [process.wait() for process in processes]
        for code, file in zip(codes[1:], said, strict=True):
            _show(file, whole=code not in (0, NO_TESTS))
    if set(codes) == {0, NO_TESTS}:
        return 0
    return next((abs(code) for code in codes if code), 0)


def _pass_on(processes: Sequence[Popen[bytes]]) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        for process in processes:
            process.send_signal(signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _show(said: IO[bytes], *, whole: bool) -> None:
    said.seek(0)
    lines = said.read().decode("utf-8", "replace").splitlines()
    print("\n--- and beside them:", *(lines if whole else lines[-1:]), sep="\n", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(together(*commands(sys.argv[1:])))
