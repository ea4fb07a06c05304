"""Three machines on one host: network namespaces on a bridge, in a network that nothing outside can reach."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Self

from deploy.local import debian
from deploy.local.errors import LocalError

MACHINES = 3
BRIDGE = "machines"
SUBNET = "10.77.0"
HERE = f"{SUBNET}.254"
ISOLATED = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--")
"""Runs a command with a network, mounts and process numbers of its own; whatever it leaves ends with it."""


def address(machine: int) -> str:
    """Return the address of a machine, counted from 0."""
    return f"{SUBNET}.{machine + 1}"


def name(machine: int) -> str:
    """Return the name of a machine's namespace, counted from 0."""
    return f"machine-{machine + 1}"


class Network:
    """The machines and their lines, for as long as the context is open. It wants to be run within `ISOLATED`."""

    def __enter__(self) -> Self:
        """Lay the lines. Raises: CalledProcessError where namespaces may not be made."""
        _run("mount", "-t", "tmpfs", "tmpfs", "/run")  # the names of namespaces are kept there
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "link", "add", BRIDGE, "type", "bridge")
        _run("ip", "address", "add", f"{HERE}/24", "dev", BRIDGE)
        _run("ip", "link", "set", BRIDGE, "up")
        for machine in range(MACHINES):
            self._add(machine)
        return self

    def __exit__(self, *error: object) -> None:
        for machine in range(MACHINES):
            _run("ip", "netns", "delete", name(machine))
        _run("ip", "link", "delete", BRIDGE)

    def _add(self, machine: int) -> None:
        _run("ip", "netns", "add", name(machine))
        _run("ip", "link", "add", f"to-{machine}", "type", "veth", "peer", "name", "eth0", "netns", name(machine))
        _run("ip", "link", "set", f"to-{machine}", "master", BRIDGE, "up")
        _run(*inside(machine, "ip", "link", "set", "lo", "up"))
        _run(*inside(machine, "ip", "address", "add", f"{address(machine)}/24", "dev", "eth0"))
        _run(*inside(machine, "ip", "link", "set", "eth0", "up"))

    def unplug(self, machine: int) -> None:
        """Take a machine off the network; nobody is told."""
        _run("ip", "link", "set", f"to-{machine}", "down")

    def plug(self, machine: int) -> None:
        """Put it back."""
        _run("ip", "link", "set", f"to-{machine}", "up")

    def part(self, machine: int) -> None:
        """Cut a machine off from the other two alone: clients still reach all three."""
        for other in set(range(MACHINES)) - {machine}:
            _run(*inside(machine, "ip", "route", "add", "blackhole", f"{address(other)}/32"))

    def join(self, machine: int) -> None:
        """Let it reach the others again."""
        for other in set(range(MACHINES)) - {machine}:
            _run(*inside(machine, "ip", "route", "delete", "blackhole", f"{address(other)}/32"))


def inside(machine: int, *command: str) -> tuple[str, ...]:
    """Return the command that runs another one on a machine."""
    return ("ip", "netns", "exec", name(machine), *command)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def isolated(command: Sequence[str]) -> list[str]:
    """Return the command that runs another one in a network of its own. Raises: LocalError where that cannot be."""
    if subprocess.run(["which", "ip"], capture_output=True, check=False).returncode:
        debian.install("iproute2")
    for account in ((), ("--map-root-user",)):
        whole = [ISOLATED[0], *account, *ISOLATED[1:]]
        if not subprocess.run([*whole, "true"], capture_output=True, check=False).returncode:
            return [*whole, *command]
    msg = "this test lays a network of its own, and may not: run it as root, or allow user namespaces"
    raise LocalError(msg)
