"""The five rooms as processes: how each is started, waited for, and stopped."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import httpx

from deploy.local.files import read_json, write_json
from deploy.local.keys import Credentials
from deploy.local.launched import Launched, told_launch, wait_for_all
from deploy.local.ports import HOST
from deploy.local.processes import MARK, Process, caller_environment, spawn
from deploy.local.progress import Say, told
from deploy.local.servers import Servers
from deploy.local.site import REPOSITORY, Site
from deploy.local.waiting import NotYet, wait_until

ROOMS = ("drafting", "review", "calendar", "distribution", "gateway")
START_SECONDS = 60
STOP_SECONDS = 15
# what only the local stack reads, and what it decides itself: not passed on to the rooms
OURS = ("AFTERWORD_LOCAL", "AFTERWORD_SECRET_KEY", "AFTERWORD_API_KEYS", "AFTERWORD_WEBHOOK_SECRETS", MARK)
# glibc's heaps, as in deploy/Dockerfile: with one each, every thread of the driver keeps what it once held at most
HEAPS = {"MALLOC_ARENA_MAX": "2"}
Command = Callable[[str], list[str]]


@dataclass(frozen=True)
class Plan:
    """Everything that is needed to start a room again just as it was."""

    room: str
    command: list[str]
    port: int
    env: dict[str, str]

    @property
    def url(self) -> str:
        """Where the room answers HTTP."""
        return f"http://{HOST}:{self.port}"


def module(room: str) -> list[str]:
    """Return the command that runs a room."""
    return [sys.executable, "-m", f"services.{room}.app"]


def policy() -> Path:
    """Return the policy file: the caller's, else the sample organisation's."""
    return Path(os.environ.get("AFTERWORD_POLICY") or REPOSITORY / "deploy" / "local" / "afterword.toml").absolute()


def plan(site: Site, servers: Servers, credentials: Credentials, command: Command = module) -> dict[str, Plan]:
    """Decide the ports and environments of all rooms, and keep them (mode 0600) for `restart`."""
    ports = {room: site.port(room) for room in ROOMS}
    shared = {
        **_passed_on(),
        "AFTERWORD_RABBITMQ_URL": servers.rabbitmq.url,
        "AFTERWORD_MONGO_URL": servers.mongodb.url,
        "AFTERWORD_CALDAV_URL": servers.radicale.url_with_account,
        "AFTERWORD_SMTP_URL": servers.mailcatcher.smtp_url,
        "AFTERWORD_PUBLIC_URL": os.environ.get("AFTERWORD_PUBLIC_URL") or f"http://{HOST}:{ports['gateway']}",
        "AFTERWORD_POLICY": str(policy()),
        "AFTERWORD_DEVELOPMENT_SIGN_IN": os.environ.get("AFTERWORD_DEVELOPMENT_SIGN_IN") or _is_for_this_machine(),
        "AFTERWORD_HTTP_HOST": HOST,
        "AFTERWORD_ROOMS": json.dumps({room: f"http://{HOST}:{port}" for room, port in ports.items()}),
        "AFTERWORD_OPERATOR_RABBITMQ_URL": servers.rabbitmq.url,
        **{name: str(path) for name, path in credentials.files.items()},
    }
    plans = {
        room: Plan(room, command(room), port, {**shared, "AFTERWORD_HTTP_PORT": str(port)})
        for room, port in ports.items()
    }
    write_json(site.rooms_file, {room: asdict(each) for room, each in plans.items()})
    return plans


def _is_for_this_machine() -> str:
    """Let anybody here be any sample person in the pages, unless others are told another address."""
    return "false" if os.environ.get("AFTERWORD_PUBLIC_URL") else "true"


def planned(site: Site) -> dict[str, Plan]:
    """Return what `plan` decided; empty when nothing was planned."""
    return {room: Plan(**row) for room, row in (read_json(site.rooms_file) or {}).items()}


def launch_all(site: Site, plans: Mapping[str, Plan], say: Say) -> Launched[dict[str, int]]:
    """Start rooms at the same time; return their process ids at once.

    Raises: LocalError of the first one that cannot be started; what was started is left to the caller.
    """
    running = {room: launch(site, each, say) for room, each in plans.items()}
    pids = {room: each.result.pid for room, each in running.items()}
    return Launched(pids, partial(wait_for_all, [each.wait for each in running.values()]))


def start(site: Site, room: Plan, say: Say) -> Process:
    """Start one room and return when it says that it is ready.

    Raises: LocalError with the end of its log.
    """
    return launch(site, room, say).ready()


def launch(site: Site, room: Plan, say: Say) -> Launched[Process]:
    """Start one room. It waits for whatever server is not there yet. Raises: LocalError when it cannot be started."""
    return told_launch(say, room.room, partial(_launch, site, room))


def _launch(site: Site, room: Plan) -> Launched[Process]:
    env = {**HEAPS, **caller_environment("AFTERWORD_"), **room.env}
    process = spawn(room.room, room.command, log=site.log(room.room), env=env, cwd=REPOSITORY)
    site.ledger.add(process)
    return Launched(process, partial(_wait, site, room, process))


def _wait(site: Site, room: Plan, process: Process) -> None:
    with httpx.Client(base_url=room.url, timeout=5) as client:
        wait_until(
            lambda: _ready(client),
            what=f"the room {room.room}",
            seconds=START_SECONDS,
            retry=(httpx.HTTPError,),
            started=process,
            log=site.log(room.room),
        )


def stop_all(site: Site, say: Say) -> None:
    """Ask all rooms to end, at the same time, and kill those that do not."""
    running = [room for room in ROOMS if room in site.ledger.entries()]
    with ThreadPoolExecutor(max_workers=len(ROOMS)) as pool:
        for done in [pool.submit(stop, site, room, say) for room in running]:
            done.result()


def stop(site: Site, room: str, say: Say) -> None:
    """End one room; nothing happens when it does not run."""
    with told(say, room, "stopping", "stopped"):
        site.ledger.stop(room, STOP_SECONDS)


def _ready(client: httpx.Client) -> None:
    answer = client.get("/health/ready")
    if answer.status_code != httpx.codes.OK:
        msg = f"/health/ready answers {answer.status_code}"
        raise NotYet(msg)


def _passed_on() -> dict[str, str]:
    """Return the caller's own AFTERWORD_* variables, but for those that speak to the local stack."""
    return {
        key: value
        for key, value in os.environ.items()
        if key.startswith("AFTERWORD_") and not key.startswith(OURS) and not key.endswith("_PORT")
    }
