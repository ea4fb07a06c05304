"""Servers in containers, where a Docker daemon answers. They outlive us, and their data is in named volumes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]
from docker.errors import DockerException, NotFound  # type: ignore[import-untyped]
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from deploy.local.errors import LocalError

HOST = "127.0.0.1"
ANSWER_SECONDS = 2


@dataclass(frozen=True)
class Container:
    """A container that we started, and the volume with its data."""

    name: str
    id: str
    volume: str
    ports: Mapping[str, int]
    host: str


@cache
def daemon_answers() -> bool:
    """Tell whether containers can be used; `AFTERWORD_LOCAL_DOCKER=never` says no without asking."""
    if os.environ.get("AFTERWORD_LOCAL_DOCKER") == "never":
        return False
    try:
        client = docker.from_env(timeout=ANSWER_SECONDS)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except DockerException:
        return False  # the question is exactly this; the caller goes on with a native server


def start(
    name: str,
    image: str,
    *,
    folder: Path,
    mount: str,
    ports: Mapping[int, int],
    command: str = "",
    environment: Mapping[str, str] | None = None,
) -> Container:
    """Start a container that stays when we end; `ports` says which of its ports is which one of this machine.

    Raises: LocalError when Docker refuses, for instance because the image cannot be had.
    """
    # the reaper would remove the container as soon as this command has ended
    testcontainers_config.ryuk_disabled = True
    volume = _prefix(folder) + name
    box = DockerContainer(image).with_volume_mapping(volume, mount, "rw")
    # only this machine may come in; a daemon elsewhere has no address of ours to bind to
    local = not os.environ.get("DOCKER_HOST", "").startswith("tcp:")
    bound: dict[str, Any] = {str(inner): (HOST, outer) if local else outer for inner, outer in ports.items()}
    box.ports = bound
    box = box.with_kwargs(hostname=f"afterword-{name}").with_envs(**(environment or {}))
    box = box.with_command(command) if command else box
    try:
        box.start()
    except DockerException as error:
        msg = f"Docker cannot start {image} ({error}); AFTERWORD_LOCAL_DOCKER=never uses programs on this machine"
        raise LocalError(msg) from error
    identity = str(box.get_wrapped_container().id)
    host = HOST if box.get_container_host_ip() == "localhost" else str(box.get_container_host_ip())
    return Container(name, identity, volume, {str(p): int(box.get_exposed_port(p)) for p in ports}, host)


def alive(container: Container) -> bool:
    """Tell whether the container runs."""
    client = docker.from_env(timeout=ANSWER_SECONDS)
    try:
        return bool(client.containers.get(container.id).status == "running")
    except NotFound:
        return False
    finally:
        client.close()


def stop(container: Container, grace: float) -> None:
    """Stop and remove the container; its volume stays."""
    client = docker.from_env()
    try:
        found = client.containers.get(container.id)
        found.stop(timeout=int(grace))
        found.remove(force=True)
    except NotFound:
        return  # somebody removed it before us
    finally:
        client.close()


def wipe(folder: Path) -> None:
    """Remove the volumes of a folder's containers."""
    if not daemon_answers():
        return
    client = docker.from_env()
    try:
        for volume in client.volumes.list(filters={"name": _prefix(folder)}):
            volume.remove()
    finally:
        client.close()


def _prefix(folder: Path) -> str:
    return f"afterword-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}-"
