"""The program of before, as its revision has it, to run beside the one of now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy.local.errors import LocalError
from deploy.local.site import REPOSITORY

BEFORE = "62a127a6f130c290246b7f54c9b066e0ece651f9"
"""The newest revision whose documents, or messages, are other than now: named anew with each such change."""


def unpack(revision: str, folder: Path) -> None:
    """Lay the files of a revision into a folder. Raises: LocalError when this checkout does not have it."""
    folder.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", revision], cwd=REPOSITORY, capture_output=True, check=False)
    if archive.returncode:
        msg = (
            f"no revision {revision} here ({archive.stderr.decode().strip()}): fetch the whole history, then try again"
        )
        raise LocalError(msg)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)


def module(folder: Path, room: str) -> list[str]:
    """Return the command that runs a room of the files in a folder, with what is installed here."""
    return ["env", "-C", str(folder), sys.executable, "-m", f"services.{room}.app"]
