"""The bill of materials: what the lock file installs, with the hashes that it may have, as CycloneDX says it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.helpers.python_tool import REPOSITORY, installed, surroundings
from tests.supply.auditing import LOCK, TOOLS

BILL = REPOSITORY / ".local" / "afterword.cdx.json"


def write(path: Path = BILL, lock: Path = LOCK) -> Path:
    """Write the bill, the same for the same lock file, and return where it is.

    Raises: CalledProcessError when the tool cannot be installed or refuses the lock file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    python = installed(TOOLS)
    command = [str(python), "-W", "ignore::UserWarning", "-m", "cyclonedx_py", "requirements", "--output-reproducible"]
    command += ["--pyproject", str(REPOSITORY / "pyproject.toml"), "--output-file", str(path), str(lock)]
    subprocess.run(command, check=True, env=surroundings(python))
    return path
