"""MongoDB: the one in the environment, a container, or an own replica set of one member on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local import containers, mongodb_program
from deploy.local.launched import Launched
from deploy.local.ledger import Started
from deploy.local.ports import HOST
from deploy.local.processes import caller_environment, spawn
from deploy.local.site import Site
from deploy.local.waiting import NotYet, wait_until

NAME = "mongodb"
SET = "afterword"
IMAGE = "mongo:7"
PORT = 27017
START_SECONDS = 60
STOP_SECONDS = 15
NOT_INITIALISED = 94
Client = pymongo.MongoClient[dict[str, Any]]


@dataclass(frozen=True)
class MongoDB:
    """A database server with transactions and change streams, ready to be written to."""

    url: str
    kind: Literal["environment", "container", "native"]


def start(site: Site) -> MongoDB:
    """Return a MongoDB whose primary takes writes.

    Raises: LocalError when there is none, or it does not become ready.
    """
    return launch(site).ready()


def launch(site: Site) -> Launched[MongoDB]:
    """Return a MongoDB whose primary will take writes.

    Raises: LocalError when there is none.
    """
    given = os.environ.get("AFTERWORD_MONGO_URL")
    if given:
        wait = partial(wait_until, partial(_writable, given), what="MongoDB", seconds=5, retry=(PyMongoError,))
        return Launched(MongoDB(given, "environment"), wait)
    return _container(site) if containers.daemon_answers() else _native(site)


def stop(site: Site, *, fast: bool = False) -> None:
    """Stop what `launch` started; `fast` is for servers whose data nobody needs again."""
    site.ledger.stop(NAME, 0 if fast else STOP_SECONDS)


def _native(site: Site) -> Launched[MongoDB]:
    program = mongodb_program.find_or_install(site.tools)
    folder, port = site.data / "mongodb", site.port("mongo")
    folder.mkdir(parents=True, exist_ok=True)
    process = spawn(
        NAME,
        [
            str(program),
            "--dbpath",
            str(folder),
            "--port",
            str(port),
            "--bind_ip",
            HOST,
            "--replSet",
            SET,
            "--quiet",
            "--nounixsocket",
            "--wiredTigerCacheSizeGB",
            "0.25",
            "--oplogSize",
            "64",
            "--setParameter",
            "diagnosticDataCollectionEnabled=false",
            # a set of one has nobody to hand over to: do not wait for it when stopping
            "--setParameter",
            "shutdownTimeoutMillisForSignaledShutdown=100",
        ],
        log=site.log(NAME),
        env=caller_environment("AFTERWORD_"),
        cwd=folder,
    )
    site.ledger.add(process)
    url = f"mongodb://{HOST}:{port}/?directConnection=true"
    return Launched(MongoDB(url, "native"), lambda: _wait(url, f"{HOST}:{port}", process, site))


def _container(site: Site) -> Launched[MongoDB]:
    box = containers.start(
        NAME,
        IMAGE,
        folder=site.root,
        mount="/data/db",
        ports={PORT: site.port("mongo")},
        command=f"mongod --replSet {SET} --bind_ip_all",
    )
    site.ledger.add(box)
    url = f"mongodb://{box.host}:{box.ports[str(PORT)]}/?directConnection=true"
    # the member's name as it is seen inside the container
    return Launched(MongoDB(url, "container"), lambda: _wait(url, f"{HOST}:{PORT}", box, None))


def _wait(url: str, member: str, started: Started, site: Site | None) -> None:
    def check() -> None:
        with _client(url) as client:
            _as_set(client, member)
        _writable(url)

    wait_until(
        check,
        what="MongoDB",
        seconds=START_SECONDS,
        retry=(PyMongoError,),
        started=started,
        log=site.log(NAME) if site else None,
    )


def _client(url: str) -> Client:
    return pymongo.MongoClient(url, serverSelectionTimeoutMS=500, connectTimeoutMS=500)


def _as_set(client: Client, member: str) -> None:
    """Make the server a replica set of one; after a change of port, tell the set its member's new name."""
    wanted = {"_id": SET, "version": 1, "members": [{"_id": 0, "host": member}]}
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_INITIALISED:
            raise
        client.admin.command("replSetInitiate", wanted)
        return
    if config["members"][0]["host"] != member:
        config["members"][0]["host"] = member
        client.admin.command("replSetReconfig", config, force=True)


def _writable(url: str) -> None:
    with _client(url) as client:
        if not client.admin.command("hello").get("isWritablePrimary"):
            msg = "no primary takes writes yet"
            raise NotYet(msg)
