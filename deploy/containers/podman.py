"""Podman as this machine needs it: what is missing is installed, and limits are those that the machine allows."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
from pathlib import Path
from typing import Any

from deploy.containers.running import ended, run
from deploy.local import debian
from deploy.local.errors import LocalError
from deploy.local.files import write_private

PACKAGES = {
    "podman": "podman",
    "runc": "runc",
    "debootstrap": "debootstrap",
    "/usr/lib/podman/netavark": "netavark",
    "/usr/lib/podman/aardvark-dns": "aardvark-dns",
    "iptables": "iptables",
}
"""Program, and Debian's package that has it."""
COMPOSE = Path(__file__).with_name("requirements.txt")
PROCESSES = 32_768
"""What podman lowers its own limit to; a container cannot have more."""


class Podman:
    """Podman with settings of its own in a folder; the machine's stay as they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            "CONTAINERS_CONF": os.environ.get("CONTAINERS_CONF") or str(folder / "containers.conf"),
            # health is asked for by `healthy`: podman would have systemd ask, which is not everywhere
            "DISABLE_HC_SYSTEMD": "true",
        }

    def prepare(self) -> None:
        """Install what is missing and write the settings.

        Raises: LocalError when this account may not, or a package cannot be had.
        """
        if os.geteuid() != 0:
            msg = "stand-in images need root: debootstrap makes a system in a folder; run the same command with sudo"
            raise LocalError(msg)
        for program, package in PACKAGES.items():
            if not shutil.which(program):
                debian.install(package)
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        limits = json.dumps([f"nofile={files}:{files}", f"nproc={PROCESSES}:{PROCESSES}"])
        write_private(
            self.folder / "containers.conf",
            f'[containers]\ndefault_ulimits = {limits}\n[engine]\nruntime = "runc"\nimage_default_format = "docker"\n',
        )

    def run(self, *arguments: str) -> str:
        """Run podman and return what it printed. Raises: LocalError."""
        return run(["podman", *arguments], env=self.env)

    def has_image(self, name: str) -> bool:
        """Tell whether there is an image of this name."""
        return ended(["podman", "image", "exists", name], env=self.env).returncode == 0

    def inspect(self, container: str) -> dict[str, Any]:
        """Return what podman knows of a container. Raises: LocalError when there is none."""
        found: list[dict[str, Any]] = json.loads(self.run("container", "inspect", container))
        return found[0]

    def healthy(self, container: str) -> bool:
        """Run a container's own health check once."""
        return ended(["podman", "healthcheck", "run", container], env=self.env).returncode == 0

    def composer(self) -> str:
        """Return the Python that has podman-compose, in an environment of its own. Raises: LocalError."""
        python = self.folder / "compose" / "bin" / "python"
        if not (self.folder / "compose" / ".ready").exists():
            shutil.rmtree(self.folder / "compose", ignore_errors=True)
            run([sys.executable, "-m", "venv", str(self.folder / "compose")])
            run([str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(COMPOSE)])
            (self.folder / "compose" / ".ready").touch()
        return str(python)
