"""The disk of this machine, where a local stack keeps everything."""

from __future__ import annotations

import shutil
from pathlib import Path

from deploy.operate.doctor.finding import Finding, failed, ok, warning

CHECK = "disk"
LITTLE, NEARLY_NONE = 2 * 2**30, 200 * 2**20


def judged(folder: Path, free: int) -> Finding:
    """Return whether so many free bytes are enough."""
    what, help = f"{free / 2**30:,.1f} GB free", f"make room there; logs are in {folder / 'log'}"
    if free < NEARLY_NONE:
        return failed(CHECK, what, str(folder), help)
    return warning(CHECK, what, str(folder), help) if free < LITTLE else ok(CHECK, what, str(folder))


async def check(folder: Path) -> list[Finding]:
    """Return whether the disk with this folder has room."""
    return [judged(folder, shutil.disk_usage(folder).free)]
