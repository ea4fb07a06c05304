"""Programs that are run for their effect or their output, with errors that say what was run and how it ended."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.errors import LocalError

LAST_LINES = 15
SECONDS = 1200


def run(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None, given: str = ""
) -> str:
    """Run a program to its end and return what it wrote on standard output; it reads `given`.

    Raises: LocalError with the end of what it said, when it fails.
    """
    done = ended(command, env=env, cwd=cwd, given=given)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).splitlines()[-LAST_LINES:]
        end = "\n".join(f"  {line}" for line in said)
        msg = f"`{' '.join(command)[:300]}` ended with status {done.returncode}:\n{end}"
        raise LocalError(msg)
    return done.stdout


def ended(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, well or not; `env` is added to ours."""
    return subprocess.run(
        command,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
