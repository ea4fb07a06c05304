"""What docker-compose.yml promises of each container, looked at where it counts: in the kernel, not in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from deploy.compose import FILES
from deploy.containers.running import ended
from deploy.containers.stack import Stack, all_names, container

WRITE = "echo x > /not-here"
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,}")


def broken(stack: Stack) -> list[str]:
    """Return a sentence for each promise that a running container does not keep. Raises: LocalError."""
    return [f"{name}: {what}" for name in all_names() for what in (*_of_process(stack, name), *_of_box(stack, name))]


def _of_process(stack: Stack, name: str) -> Iterator[str]:
    status = dict(line.split(":", 1) for line in stack.inside(name, "cat", "/proc/1/status").splitlines())
    if "0" in status["Uid"].split():
        yield "runs as root"
    for kind in ("CapEff", "CapPrm", "CapBnd"):
        if int(status[kind], 16):
            yield f"has capabilities ({kind} {status[kind].strip()})"
    if status["NoNewPrivs"].strip() != "1":
        yield "may gain privileges"
    if status["Seccomp"].strip() != "2":
        yield "may call the whole kernel"


def _of_box(stack: Stack, name: str) -> Iterator[str]:
    if ended(["podman", "exec", container(name), "sh", "-c", WRITE], env=stack.podman.env).returncode == 0:
        yield "can write to its root"
    state = stack.state(name)
    limits = state["HostConfig"]
    for limit in ("Memory", "PidsLimit", "NanoCpus"):
        if not limits.get(limit):
            yield f"has no limit of {limit}"
    if not limits["RestartPolicy"]["Name"]:
        yield "is not restarted"
    if len(state["NetworkSettings"]["Networks"]) != 1:
        yield "is not on one network"
    known = " ".join(state["Config"]["Env"])
    yield from (f"has the secret {file} in its environment" for file, text in _secrets(stack.secrets) if text in known)


def _secrets(folder: Path) -> Iterator[tuple[str, str]]:
    """Give every long word of every file that only services may know."""
    for name in FILES:
        for value in _SECRET.findall((folder / name).read_text(encoding="utf-8")):
            if not value.startswith("rabbit_password"):  # the name of an algorithm, no secret
                yield name, value
