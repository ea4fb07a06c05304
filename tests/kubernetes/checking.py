"""Manifests held against Kubernetes' published schemas, in an environment that has them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.helpers.python_tool import installed, surroundings
from tests.kubernetes.rendering import OVERLAYS, rendered, text

HERE = Path(__file__).parent
VERSIONS = ("1.32", "1.37")
"""The oldest and the newest Kubernetes that the manifests are for."""


def mistakes(manifests: str) -> list[str]:
    """Return a line for each thing that is wrong. Raises: CalledProcessError when the tool cannot be installed."""
    python = installed(HERE / "requirements.txt")
    done = subprocess.run(
        [python, HERE / "validate.py", *VERSIONS],
        input=manifests,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env=surroundings(python),
    )
    lines = done.stdout.splitlines()
    return lines or ([f"the validator ended with status {done.returncode}"] if done.returncode else [])


def summary() -> tuple[str, bool]:
    """Return what to tell of all overlays, and whether all is well."""
    wrong = [f"{overlay.name}: {line}" for overlay in OVERLAYS for line in mistakes(text(overlay))]
    if wrong:
        return "\n".join(wrong), False
    objects = sum(len(rendered(overlay)) for overlay in OVERLAYS)
    return (
        f"Manifests: {len(OVERLAYS)} overlays, {objects} objects, valid for Kubernetes {' and '.join(VERSIONS)}",
        True,
    )
