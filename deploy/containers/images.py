"""The stand-ins: one small Debian in a folder, and on it whatever docker-compose.yml takes from others."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from deploy.containers.podman import Podman
from deploy.containers.running import run
from deploy.local.progress import Say, told
from deploy.local.site import REPOSITORY

HERE = Path(__file__).parent
BASE = "localhost/afterword-debian"
RELEASE = "bookworm"
COMPOSE_FILE = REPOSITORY / "docker-compose.yml"
SERVERS = {"rabbitmq": "rabbitmq", "mongo": "mongo", "mail": "mailpit"}
"""Service, and the target of the Containerfile that stands in for its image."""
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def services() -> dict[str, Any]:
    """Return the services of docker-compose.yml."""
    read: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))["services"]
    return read


def stand_ins() -> dict[str, str]:
    """Return the tag of each target, as docker-compose.yml and the Dockerfile name it."""
    dockerfile = (REPOSITORY / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    python = re.findall(r"^FROM (python:\S+)", dockerfile, re.MULTILINE)[0]
    return {"python": python, **{target: str(services()[name]["image"]) for name, target in SERVERS.items()}}


def build(podman: Podman, say: Say) -> None:
    """Make every stand-in that is not there yet, and those whose recipe has changed.

    Raises: LocalError with the end of what the failing step said.
    """
    if not podman.has_image(BASE):
        with told(say, "debian", "starting", "ready"):
            _base(podman)
    context = _context(podman.folder / "context")
    for target, tag in stand_ins().items():
        with told(say, tag, "starting", "ready"):
            podman.run("build", "--network", "host", "--target", target, "--tag", f"localhost/{tag}", str(context))


def _base(podman: Podman) -> None:
    """Import a folder that debootstrap fills: no image is pulled from anywhere."""
    root, archive = podman.folder / "debian", podman.folder / "debian.tar"
    shutil.rmtree(root, ignore_errors=True)
    run(["debootstrap", "--variant=minbase", "--include=ca-certificates", RELEASE, str(root)])
    run(["tar", "--create", "--directory", str(root), "--file", str(archive), "."])
    podman.run("import", str(archive), BASE)
    archive.unlink()
    shutil.rmtree(root)


def _context(folder: Path) -> Path:
    """Lay out what the Containerfile copies."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("Containerfile", "rabbitmq-entrypoint.sh", "mongo-entrypoint.sh", "mailpit.py"):
        shutil.copy(HERE / name, folder / name)
    shutil.copy(REPOSITORY / "deploy" / "local" / "mongod.txt", folder / "mongod.txt")
    shutil.copy(CERTIFICATES, folder / CERTIFICATES.name)
    return folder
