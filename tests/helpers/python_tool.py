"""Tools in Python that tests run beside the code under test, each in a virtual environment of its own.

Their pinned libraries may not fit the code's. An environment is made once for each lock file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
NEAR = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


def installed(lock: Path) -> Path:
    """Return the Python that has what a lock file names. Raises: CalledProcessError when it cannot be installed."""
    folder = REPOSITORY / ".local" / "tools" / f"{lock.parent.name}-{sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, *PIP, "-r", lock], check=True)
        ready.touch()
    return python


def surroundings(python: Path) -> dict[str, str]:
    """Return the environment in which a tool finds its own programs, and nothing of ours."""
    kept = {name: os.environ[name] for name in NEAR if name in os.environ}
    return {**kept, "PATH": f"{python.parent}:{kept.get('PATH', '')}", "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    print(installed(Path(sys.argv[1]).resolve()))  # noqa: T201
