"""Libraries for the bench of searches: stacks of their own, with postmortems as the gateway would have written them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.local import stack
from deploy.local.run import Run
from services.gateway.domain.search import order_of
from services.gateway.store import MongoLibrary
from services.gateway.store.searching import INDEXES, LEADS
from shared.contracts.base import postmortem_id
from shared.mongo import Row, connect, database
from tests.bench.library_texts import Writer, moment

AT_ONCE, TEXTS = 500, 10_000
CACHE = "2G"
"""Of MongoDB, which has a quarter of a gigabyte where people try Afterword out."""


def library(folder: Path, first: int, many: int) -> tuple[Run, list[str]]:
    """Start a stack of which the gateway alone runs, with so many postmortems; return it and phrases of the first ones.

    What a run before has left in the folder is taken as it is.
    """
    os.environ["AFTERWORD_RATE_LIMIT_PEOPLE"] = "1000000/second"
    is_up = stack.status(folder) is not None
    run = stack.up(folder)
    run = stack.restart("gateway", folder) if is_up else run
    _stop_the_others(run)
    writer = Writer()
    with MongoClient[Any](run.mongo_url) as client:
        client.admin.command({"setParameter": 1, "wiredTigerEngineRuntimeConfig": f"cache_size={CACHE}"})
        there = client["afterword_gateway"]["library"].count_documents({})
    if there >= many:
        for _ in writer.views(0, first, first):
            pass
        return run, writer.phrases
    fill(run, writer, 0, first)
    phrases = list(writer.phrases)
    if many > first:
        fill(run, writer, first, many)
    return run, phrases


def _stop_the_others(run: Run) -> None:
    others = [psutil.Process(pid) for room, pid in run.pids.items() if room != "gateway" and psutil.pid_exists(pid)]
    for process in others:
        process.send_signal(signal.SIGTERM)
    psutil.wait_procs(others, timeout=30)


def fill(run: Run, writer: Writer, since: int, until: int) -> None:
    """Put postmortems into the gateway's database, with the large index made behind them. Waits until it is there."""
    client: MongoClient[Any] = MongoClient(run.mongo_url)
    store = MongoLibrary(database(connect(run.mongo_url), "afterword_gateway"))
    rows = client["afterword_gateway"]["library"]
    with suppress(OperationFailure):
        rows.drop_index(LEADS)
    for n, batch in _batches(_rows(store, writer, since, until), since):
        rows.insert_many(batch, ordered=False)
        sys.stderr.write(f"\r{n:,} postmortems")
    sys.stderr.write("\n")
    rows.create_index(list(INDEXES[LEADS]), name=LEADS)
    client.close()


def _rows(store: MongoLibrary, writer: Writer, since: int, until: int) -> Iterator[Row]:
    """Return rows as the gateway writes them; later ones have the texts of the first, at other times."""
    written: list[Row] = []
    for view in writer.views(since, min(until, since + TEXTS), until):
        rest: Row = {"handled": [], "outbox": []}
        written.append(
            {"_id": view.id, "version": 1, "state": view.model_dump(mode="json"), "find": store.find(view), **rest}
        )
        yield written[-1]
    for n in range(since + TEXTS, until):
        at, id = moment(n, until), postmortem_id("bench", str(n))
        row = written[n % TEXTS]
        state = {**row["state"], "id": id, "created_at": at.isoformat()}
        yield {**row, "_id": id, "state": state, "find": {**row["find"], "created_at": at, "order": order_of((at, id))}}


def _batches(rows: Iterator[Row], since: int) -> Iterator[tuple[int, list[Row]]]:
    while batch := list(islice(rows, AT_ONCE)):
        since += len(batch)
        yield since, batch


def size_of(run: Run) -> str:
    """Say how large a library is."""
    with MongoClient[Any](run.mongo_url) as client:
        stats = client["afterword_gateway"].command("collstats", "library")
    index, data = (f"{size / 2**20:,.0f} MB" for size in (stats["indexSizes"][LEADS], stats["size"]))
    return f"{stats['count']:,} postmortems of {data} in all, their index {index}"
