"""Keeps the rooms running, as systemd or Kubernetes would: what dies is started again, whatever it died of."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import httpx

from deploy.local.processes import Process, alive, caller_environment, spawn
from deploy.local.rooms import START_SECONDS, STOP_SECONDS, Plan
from deploy.local.site import REPOSITORY, Site
from deploy.local.waiting import NotYet, wait_until

LOOK_EVERY = 0.1


class Supervisor:
    """The rooms of `plans`, each `instances` times; the second one of a room is called `<room>-2`.

    Whatever is asked about a room is asked about one instance, by its name.
    """

    def __init__(self, site: Site, plans: Mapping[str, Plan], instances: int = 1) -> None:
        self.site = site
        self.plans = {name: each for room in plans.values() for name, each in _instances(site, room, instances)}
        self.restarts: Counter[str] = Counter()
        self._running: dict[str, Process] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start everything; return when all are ready. Raises: LocalError."""
        for name in self.plans:
            self._begin(name)
        self._watching.start()
        self.calm()

    def kill(self, room: str) -> None:
        """Kill a room at once."""
        self._signal(room, signal.SIGKILL)

    def terminate(self, room: str) -> None:
        """Ask a room to end, as a rolling update does; it is started again when it has."""
        self._signal(room, signal.SIGTERM)

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of now, by name."""
        with self._lock:
            return {name: process.pid for name, process in self._running.items()}

    def calm(self, *names: str) -> None:
        """Return when these rooms (all unless some are named) run and say that they are ready. Raises: LocalError."""
        for name in names or tuple(self.plans):
            wait_until(
                partial(self._ready, name),
                what=f"the room {name}",
                seconds=START_SECONDS,
                retry=(httpx.HTTPError,),
                log=self.site.log(name),
            )

    def stop(self) -> None:
        """Start nothing any more, and end everything."""
        self._ended.set()
        if self._watching.is_alive():
            self._watching.join()
        with ThreadPoolExecutor(max_workers=len(self.plans)) as pool:
            for done in [pool.submit(self.site.ledger.stop, name, STOP_SECONDS) for name in self._running]:
                done.result()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_EVERY):
            for name in self.plans:
                if not alive(self._running[name]):
                    self.restarts[name] += 1
                    self._begin(name)

    def _begin(self, name: str) -> None:
        plan = self.plans[name]
        env = {**caller_environment("AFTERWORD_"), **plan.env}
        with self._lock:
            process = spawn(name, plan.command, log=self.site.log(name), env=env, cwd=REPOSITORY)
            self.site.ledger.add(process)
            self._running[name] = process

    def _signal(self, name: str, number: signal.Signals) -> None:
        with self._lock:
            process = self._running[name]
            if alive(process):
                os.kill(process.pid, number)

    def _ready(self, name: str) -> None:
        if not alive(self._running[name]):
            msg = "it is dead"
            raise NotYet(msg)
        answer = httpx.get(f"{self.plans[name].url}/health/ready", timeout=5)
        if answer.status_code != httpx.codes.OK:
            msg = f"/health/ready answers {answer.status_code}"
            raise NotYet(msg)


def _instances(site: Site, plan: Plan, instances: int) -> list[tuple[str, Plan]]:
    """Return the plan under its own name, and one with a port of its own for every further instance."""
    more = []
    for number in range(2, instances + 1):
        port = site.port(f"{plan.room}_{number}")
        more.append(
            (f"{plan.room}-{number}", replace(plan, port=port, env={**plan.env, "AFTERWORD_HTTP_PORT": str(port)}))
        )
    return [(plan.room, plan), *more]
