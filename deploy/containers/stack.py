"""The stack of docker-compose.yml in podman: up, down, and what podman knows of each container."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from deploy.compose import FILES, described_by, make_secrets
from deploy.containers.images import COMPOSE_FILE, services
from deploy.containers.podman import Podman
from deploy.containers.running import run
from deploy.local.errors import LocalError
from deploy.local.ports import free_port
from deploy.local.progress import Say, told
from deploy.local.rooms import ROOMS
from deploy.local.site import REPOSITORY, Site
from deploy.local.waiting import NotYet, wait_until

PROJECT = "afterword-stand-in"
SERVERS = ("rabbitmq", "mongo", "radicale", "mail")
PORTS = ("gateway", "rabbitmq_management", "caldav", "mail")
HEALTHY_SECONDS = 240
BUILDING = "--network host --format docker"
"""How our own images are built: with names looked up as this machine does, and with the image's own health check."""

UNKNOWN = re.compile(r"^ +start_interval: .*\n", re.MULTILINE)
"""What podman before 4.7 does not know, and where it is not needed: health is asked for here."""


@dataclass(frozen=True)
class Stack:
    """One stack, its secrets and its ports."""

    podman: Podman
    ports: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> Path:
        """The folder with every secret, made with the first stack."""
        return self.podman.folder / "secrets"

    def compose(self, *arguments: str) -> str:
        """Run podman-compose on docker-compose.yml. Raises: LocalError."""
        chosen = {f"AFTERWORD_{name.upper()}_PORT": port for name, port in self.ports.items()}
        options = ["--project-name", PROJECT, "--file", "-", "--podman-build-args", BUILDING]
        options += ["--profile", "tools"]
        return run(
            [self.podman.composer(), "-m", "podman_compose", *options, *arguments],
            env={**self.podman.env, **chosen, "AFTERWORD_SECRETS": str(self.secrets)},
            cwd=REPOSITORY,
            given=UNKNOWN.sub("", COMPOSE_FILE.read_text(encoding="utf-8")),
        )

    def up(self, say: Say) -> None:
        """Build our images and start everything, each service when what it depends on is healthy.

        Raises: LocalError with the end of the log of a container that does not become healthy.
        """
        if not all((self.secrets / name).exists() for name in FILES):
            make_secrets(self.secrets)
        with told(say, "our own images", "starting", "ready"):
            self.compose("build", "gateway", "radicale", "tools")
        self.compose("up", "--detach", *SERVERS)
        self.wait_for(SERVERS, say)
        self.compose("up", "--detach", *ROOMS)
        self.wait_for(ROOMS, say)

    def command(self, *arguments: str) -> str:
        """Run `afterword` in a container of its own, and return what it printed. Raises: LocalError when it fails."""
        return self.compose("run", "--rm", "-T", "tools", *arguments)

    def wait_for(self, names: Iterable[str], say: Say) -> None:
        """Ask each service's own health check until it is well. Raises: LocalError."""
        for name in names:
            with told(say, name, "starting", "ready"):
                self._wait(name)

    def _wait(self, name: str) -> None:
        try:
            wait_until(partial(self._well, name), what=name, seconds=HEALTHY_SECONDS, retry=())
        except LocalError as error:
            log = self.podman.run("logs", "--tail", "20", container(name))
            msg = f"{error}; the end of its log:\n{log}"
            raise LocalError(msg) from error

    def _well(self, name: str) -> None:
        if not self.podman.healthy(container(name)):
            msg = "its health check fails"
            raise NotYet(msg)

    def down(self) -> None:
        """Remove the containers and their data. Raises: LocalError."""
        self.compose("down", "--volumes")

    def state(self, name: str) -> dict[str, Any]:
        """Return what podman knows of a service's container. Raises: LocalError."""
        return self.podman.inspect(container(name))

    def inside(self, name: str, *command: str) -> str:
        """Run a program in a service's container. Raises: LocalError when it fails."""
        return self.podman.run("exec", container(name), *command)


def stack(podman: Podman) -> Stack:
    """Return the stack on ports that are free, the same ones in every run of the folder."""
    memory = Site(podman.folder).memory
    (podman.folder / "data").mkdir(parents=True, exist_ok=True)
    return Stack(podman, {name: memory.recall(f"port.{name}", lambda: str(free_port())) for name in PORTS})


def container(name: str) -> str:
    """Return the name of a service's container."""
    return f"{PROJECT}_{name}_1"


def described(found: Stack) -> dict[str, Any]:
    """Return what `afterword demo` needs to know of the stack."""
    return described_by(found.secrets, found.ports)


def all_names() -> tuple[str, ...]:
    """Return every service of docker-compose.yml that stays."""
    return tuple(name for name, service in services().items() if "profiles" not in service)
