"""The whole stack: `up`, `down`, `restart`, `status`. Whatever `up` starts lives on after us; `down` ends it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.local import containers, keys, rooms, servers
from deploy.local.errors import LocalError
from deploy.local.progress import Say, Step, silent
from deploy.local.rooms import ROOMS, Command, module
from deploy.local.run import Run, describe, load, save
from deploy.local.site import Site


@dataclass(frozen=True)
class Status:
    """A run, and of everything that belongs to it whether it still lives."""

    run: Run
    alive: dict[str, bool]


def up(folder: Path | None = None, *, say: Say = silent, command: Command = module) -> Run:
    """Start the four servers and the five rooms; return when all are ready. What already runs is kept.

    Raises: LocalError when something does not start; then nothing of it is left running.
    """
    site = Site(folder)
    site.prepare()
    with site.lock():
        living = _living(site)
        if living:
            say(Step("afterword", "note", detail=f"already up: {living.gateway_url}"))
            return _complete(site, living, say)
        _clear(site, say)
        try:
            return _start(site, say, command)
        except BaseException:
            _clear(site, say)
            raise


def down(folder: Path | None = None, *, wipe: bool = False, say: Say = silent) -> bool:
    """Stop everything that `up` started, rooms first; return False when nothing was there to stop.

    `wipe` removes the data and logs too.
    """
    site = Site(folder)
    if not site.root.exists():
        say(Step("afterword", "note", detail="nothing is up"))
        return False
    with site.lock():
        something = _clear(site, say)
        if not something:
            say(Step("afterword", "note", detail="nothing is up"))
        if wipe:
            containers.wipe(site.root)
            site.wipe()
    return something


def restart(room: str, folder: Path | None = None, *, say: Say = silent) -> Run:
    """Start a dead or living room again, on the same port and with the same environment.

    Raises: LocalError when there is no such room, nothing is up, or the room does not become ready.
    """
    if room not in ROOMS:
        msg = f"there is no room {room!r}: the rooms are {', '.join(ROOMS)}"
        raise LocalError(msg)
    site = Site(folder)
    with site.lock():
        run = load(site)
        if run is None:
            msg = "nothing is up; start it with `afterword up`"
            raise LocalError(msg)
        rooms.stop(site, room, say)
        return _again(site, run, room, say)


def status(folder: Path | None = None) -> Status | None:
    """Return what runs, or None when nothing was started or everything of it is dead (the machine restarted)."""
    site = Site(folder)
    run = load(site)
    alive = site.ledger.alive()
    if run is None or not any(alive.values()):
        return None
    return Status(run, {**dict.fromkeys(ROOMS, False), **alive})


def _start(site: Site, say: Say, command: Command) -> Run:
    credentials = keys.prepare(site, rooms.policy())
    launched = servers.launch(site, say)
    plans = rooms.plan(site, launched.result, credentials, command)
    running = rooms.launch_all(site, plans, say)  # they load while the servers start, and wait for those
    run = describe(launched.ready(), credentials, plans, running.ready())
    save(site, run)
    return run


def _living(site: Site) -> Run | None:
    """Return the run when at least all its servers live; dead rooms can be started again beside them."""
    run = load(site)
    alive = site.ledger.alive()
    living = run is not None and bool(alive) and all(lives for name, lives in alive.items() if name not in ROOMS)
    return run if living else None


def _complete(site: Site, run: Run, say: Say) -> Run:
    alive = site.ledger.alive()
    for room in ROOMS:
        if not alive.get(room):
            run = _again(site, run, room, say)
    return run


def _again(site: Site, run: Run, room: str, say: Say) -> Run:
    process = rooms.start(site, rooms.planned(site)[room], say)
    changed = run.with_pid(room, process.pid)
    save(site, changed)
    return changed


def _clear(site: Site, say: Say) -> bool:
    """Stop whatever the ledger names, and forget the run."""
    something = any(site.ledger.alive().values())
    rooms.stop_all(site, say)
    servers.stop(site, say)
    for path in (site.run_file, site.rooms_file):
        path.unlink(missing_ok=True)
    return something
