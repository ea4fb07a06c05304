"""All tests, in two processes side by side: `python -m tests`, which is what `make test` runs.

Those that need no servers are busy all the time, those on real servers wait most of it. So the first run beside the
others and give way to them, together with some that bring servers of their own, so that both end at about the same
time. What they say is shown when they are through: all of it when one failed.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import STDOUT, Popen
from tempfile import TemporaryFile
from types import FrameType
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
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
    "tests/integration/test_accounts.py",
    "tests/integration/test_audit.py",
    "tests/integration/test_backup.py",
    "tests/integration/test_doctor.py",
    "tests/integration/test_doctor_elsewhere.py",
    "tests/integration/test_encrypted_lines.py",
    "tests/integration/test_forget.py",
    "tests/integration/test_migrating.py",
    "tests/integration/test_operate.py",
    "tests/integration/test_permissions.py",
    "tests/integration/test_rebuild.py",
    "tests/integration/test_replay.py",
    "tests/integration/test_unhurried.py",
)
"""Those that need no servers, and some that do. The other process runs whatever is not here: nothing is left out."""
NO_TESTS = 5
"""What pytest returns when nothing is to be run, as with `-k` for one of the two."""


def commands(options: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what runs most tests on servers, and what runs the others beside it; both take the same options."""
    pytest = [sys.executable, "-m", "pytest", *options]
    rest = [*pytest, "tests", *(f"--ignore={path}" for path in BESIDE)]
    return rest, ["nice", "-n", "10", *pytest, "-o", "cache_dir=.pytest_cache/beside", *BESIDE]


def together(first: Sequence[str], beside: Sequence[str]) -> int:
    """Run both, the second one unseen until they end. Return 0 when both are well, else what the first failed with."""
    with TemporaryFile() as said:
        # in sessions of their own: a ^C reaches each of them once, from here, so that both stop their servers
        processes: list[Popen[bytes]] = []
        _pass_on(processes)  # first: what whoever started us ignores, they would ignore, too, if it was not caught here
        processes.append(Popen(first, cwd=ROOT, start_new_session=True))
        processes.append(Popen(beside, cwd=ROOT, start_new_session=True, stdout=said, stderr=STDOUT))
        codes = [process.wait() for process in processes]
        _show(said, whole=codes[1] not in (0, NO_TESTS))
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
