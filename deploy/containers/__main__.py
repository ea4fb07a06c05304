"""`python -m deploy.containers up|demo|down|test`; `make containers-test` runs the last."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable

import httpx
from rich.console import Console

from deploy.containers.images import build
from deploy.containers.podman import Podman
from deploy.containers.promises import broken
from deploy.containers.stack import Stack, described, stack
from deploy.demo import run as drive
from deploy.local.errors import LocalError
from deploy.local.progress import Say, Step, told
from deploy.local.rooms import ROOMS
from deploy.local.site import default_folder
from deploy.terminal import progress

KILLED = ("rabbitmq", "mongo", "distribution")
"""Who is killed in the test, and must come back by the restart policy with everything that was there."""
out, err = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)


def up(found: Stack, say: Say) -> None:
    """Build the stand-ins and start everything."""
    build(found.podman, say)
    found.up(say)
    say(Step("gateway", "note", detail=f"the gateway is at {described(found)['gateway_url']}"))


def demo(found: Stack, _say: Say) -> None:
    """Drive one incident through the containers, from the page to the mail. Raises: LocalError when it stops."""
    if not drive(described(found), out):
        msg = "the demo stopped; `podman logs` tells why"
        raise LocalError(msg)


def down(found: Stack, _say: Say) -> None:
    """Remove the containers and their data; images and secrets stay."""
    found.down()


def test(found: Stack, say: Say) -> None:
    """Go the whole way: up, every promise, the demo, the tools, servers killed, the demo again, down.

    Raises: LocalError.
    """
    try:
        up(found, say)
        _promises(found, say)
        demo(found, say)
        _doctor(found, say)
        _backup(found, say)
        before = _library(found)
        _kill(found, say)
        if _library(found) != before:
            msg = f"the library was {before} before servers were killed, and is {_library(found)} now"
            raise LocalError(msg)
        demo(found, say)
    finally:
        down(found, say)


def _promises(found: Stack, say: Say) -> None:
    wrong = broken(found)
    if wrong:
        msg = "containers are not as docker-compose.yml says:\n" + "\n".join(f"  {each}" for each in wrong)
        raise LocalError(msg)
    say(Step("containers", "note", detail="every container is confined as docker-compose.yml says"))


def _doctor(found: Stack, say: Say) -> None:
    """Have everything looked at, from a container of its own. Raises: LocalError when something is wrong."""
    with told(say, "doctor", "starting", "ready"):
        found.command("doctor")


def _backup(found: Stack, say: Say) -> None:
    """Save everything while the rooms rest. Raises: LocalError."""
    found.compose("stop", *ROOMS)
    with told(say, "backup", "starting", "ready"):
        found.command("backup", "/backups/one")
    found.compose("start", *ROOMS)
    found.wait_for(ROOMS, say)


def _kill(found: Stack, say: Say) -> None:
    for name in KILLED:
        os.kill(found.state(name)["State"]["Pid"], signal.SIGKILL)
    found.wait_for(KILLED, say)
    found.wait_for(("gateway",), say)


def _library(found: Stack) -> list[str]:
    """Return the ids of the postmortems that people can read."""
    run = described(found)
    key = next(person["key"] for person in run["keys"].values() if person["role"] == "engineer")
    answer = httpx.get(f"{run['gateway_url']}/v1/postmortems", headers={"Authorization": f"Bearer {key}"}, timeout=30)
    answer.raise_for_status()
    return [row["id"] for row in answer.json()["items"]]


COMMANDS: dict[str, Callable[[Stack, Say], None]] = {"up": up, "demo": demo, "down": down, "test": test}


def main() -> None:
    """Run one of the commands; the exit status is 1 when it failed."""
    parser = argparse.ArgumentParser(prog="python -m deploy.containers", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    command = COMMANDS[parser.parse_args().command]
    podman = Podman(default_folder() / "containers")
    try:
        podman.prepare()
        with progress(err) as say:
            command(stack(podman), say)
    except LocalError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
