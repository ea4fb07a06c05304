"""What opening a draft costs, and whether reading one postmortem grows with their number: `make bench`.

Opening: an incident of 1,000 entries; the decision alone (template, texts, events), and the whole handler on a real
MongoDB: read, decide, commit, events handed over. Reading: GET of one postmortem over the gateway, its library on a
real MongoDB with 1,000 and with 100,000 postmortems; how many keys and documents the server looks at. All is CPU time
of this process, since others work on the machine too; a figure is the median of the rounds, a ratio that of theirs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import process_time
from typing import Any

import uvloop

from deploy.local.testing import Servers, fresh_database_name
from services.drafting import domain
from services.drafting.domain.records import Heard
from services.drafting.handlers import on_due
from services.drafting.ports import Deps
from services.drafting.store import MongoPostmortems
from services.gateway.app import web
from services.gateway.domain.view import View, project
from services.gateway.store import MongoLibrary
from shared.clock import new_id
from shared.contracts.base import derived_id
from shared.contracts.events import DraftCreated
from shared.garbage import keep_what_is_loaded
from shared.messaging.broker import Bus
from shared.messaging.documents import Repository
from shared.messaging.envelope import Received, Unsaid
from shared.messaging.outbox import Relay
from shared.messaging.service import Service
from shared.messaging.timers import Due
from shared.mongo import Database, connect, database
from shared.testing import FixedClock
from tests.bench.ratios import keep
from tests.helpers.builders import NOW, a_draft, an_incident_event
from tests.helpers.front_door import Door
from tests.helpers.lives import demo_guidance

ENTRIES, ROUNDS, READS = 1000, 15, 200
LIBRARIES = (1_000, 100_000)
GUIDANCE = demo_guidance()
PARAGRAPH = "Checkout answered slowly, since the pool of connections was exhausted and nobody was told of it. "


def an_incident() -> domain.Postmortem:
    """Return what is known of a long incident just before its draft is opened."""
    began = NOW - timedelta(hours=20)
    notes = [
        an_incident_event(
            "note",
            occurred_at=began + timedelta(minutes=n),
            entry={"text": f"{n}: pool | exhausted, {PARAGRAPH[:40]}", "evidence_url": "https://e.example.com/1"},
            people=[{"name": "rita.r"}],
        )
        for n in range(1, ENTRIES - 1)
    ]
    opened = an_incident_event("opened", severity="sev2", services=["checkout"], occurred_at=began)
    first = domain.follow_incident(None, opened, "0", GUIDANCE, NOW).state
    known = first.changed(heard=(*first.heard, *(Heard(id=f"{n}", event=note) for n, note in enumerate(notes, 1))))
    resolved = an_incident_event("resolved", occurred_at=NOW)
    return domain.follow_incident(known, resolved, "last", GUIDANCE, NOW).state


async def _not_said(_message: Unsaid) -> None:
    """Take an event as a broker would."""


async def opened(db: Database, incident: domain.Postmortem) -> tuple[float, float]:
    """Return the CPU milliseconds of one decision, and of one whole handling of the timer."""
    store = MongoPostmortems(db)
    postmortems = Repository("drafting", store, Relay(store, _not_said), FixedClock(NOW))
    key = new_id()
    state = incident.changed(id=key).model_dump(mode="json")
    await store.collection.insert_one(
        {"_id": key, "version": 1, "state": state, "find": {}, "handled": [], "outbox": []}
    )
    due = Received(id=new_id(), name=Due.name, data=Due(postmortem_id=key), correlation_id=key)
    before = process_time()
    domain.open_draft(incident, GUIDANCE, NOW)
    between = process_time()
    await on_due(due, Deps(postmortems=postmortems, guidance=GUIDANCE, clock=FixedClock(NOW)))
    return 1000 * (between - before), 1000 * (process_time() - between)


async def filled(db: Database, many: int) -> MongoLibrary:
    """Return a library of so many postmortems, each of 4 KB."""
    library = MongoLibrary(db)
    await library.prepare()
    report = dict.fromkeys(("overview", "what_happened", "impact", "resolution"), PARAGRAPH * 10)
    view = project(View(id=derived_id("0")), a_draft(DraftCreated, report=report), (NOW, "e-1"))
    for start in range(0, many, 1000):
        views = [
            view.changed(id=derived_id(str(n)), created_at=NOW + timedelta(seconds=n))
            for n in range(start, start + 1000)
        ]
        await library.collection.insert_many([_row(library, each) for each in views])
    return library


def _row(library: MongoLibrary, view: View) -> dict[str, Any]:
    state = view.model_dump(mode="json")
    return {"_id": view.id, "version": 1, "state": state, "find": library.find(view), "handled": [], "outbox": []}


async def read(library: MongoLibrary, many: int) -> float:
    """Return the CPU milliseconds of one GET, of postmortems all over the library."""
    door = Door()
    door.app = web(
        Service(room="gateway", bus=Bus("amqp://127.0.0.1:1/", "gateway")),
        replace(door.deps, library=library),
        door.hub,
    )
    ids = [derived_id(str(n)) for n in Random(1).choices(range(many), k=READS)]  # noqa: S311 - no secret
    before = process_time()
    for id in ids:
        answer = await door.send("GET", f"/v1/postmortems/{id}")
        answer.raise_for_status()
    return 1000 * (process_time() - before) / READS


async def looked_at(library: MongoLibrary, many: int) -> tuple[int, int]:
    """Return how many keys and documents the server looks at for one postmortem."""
    query = {"find": library.collection.name, "filter": {"_id": derived_id(str(many // 2))}, "projection": {"state": 1}}
    told = await library.collection.database.command("explain", query, verbosity="executionStats")
    stats = told["executionStats"]
    return stats["totalKeysExamined"], stats["totalDocsExamined"]


async def rounds_of(what: Callable[[], Awaitable[Any]], rounds: int) -> list[Any]:
    """Do something so often, once more to warm up; return what each gave."""
    await what()
    return [await what() for _ in range(rounds)]


async def measure(servers: Servers, rounds: int, sizes: list[int]) -> str:
    """Measure all, and lay the figures out."""
    client = connect(servers.mongodb.url)
    incident = an_incident()
    keep_what_is_loaded()
    found = await rounds_of(lambda: opened(database(client, fresh_database_name()), incident), rounds)
    decided, handled = (sorted(each) for each in zip(*found, strict=True))
    lines = ["| opening a draft of 1,000 entries | median CPU ms | min | max |", "|---|--:|--:|--:|"]
    lines += [
        f"| {name} | {median(each):.1f} | {each[0]:.1f} | {each[-1]:.1f} |"
        for name, each in (("the decision", decided), ("read, decide, commit", handled))
    ]
    lines += ["", "| ratio | postmortems | CPU ms a GET | keys looked at | documents |", "|--:|--:|--:|--:|--:|"]
    libraries = {many: await filled(database(client, fresh_database_name()), many) for many in sizes}
    took: dict[int, list[float]] = {many: [] for many in sizes}
    for _ in range(rounds):
        for many, library in libraries.items():
            took[many].append(await read(library, many))
    for many, library in libraries.items():
        ratio = median(ours / theirs for ours, theirs in zip(took[many], took[sizes[0]], strict=True))
        keys, documents = await looked_at(library, many)
        lines.append(f"| {ratio:.2f} | {many:,} | {median(took[many]):.2f} | {keys} | {documents} |")
    few, most = sizes[0], sizes[-1]
    growth = median(theirs / ours for ours, theirs in zip(took[most], took[few], strict=True))
    keep("drafting", {f"a GET among {most:,} beside {few:,}": growth})
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and print tables."""
    asked = argparse.ArgumentParser(description="What opening and reading a postmortem costs.")
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--sizes", type=int, nargs="+", default=list(LIBRARIES))
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, Servers(Path(folder)) as servers:
        sys.stdout.write(uvloop.run(measure(servers, wanted.rounds, wanted.sizes)))


if __name__ == "__main__":
    main()
