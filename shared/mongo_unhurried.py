"""Calls about everything that is stored, which take as long as they take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pymongo

WITHIN_S = 24 * 60 * 60.0


@contextmanager
def unhurried() -> Iterator[None]:
    """Give the calls of the block a day together, in place of the client's 10 s for each (`shared.mongo.connect`).

    A server ends a call when its client's time is over, and gives up an index that it was making for it: of a hundred
    thousand postmortems such an index would never be there. A server that falls silent is noticed by the driver's
    heartbeat all the same. The block must not begin tasks that outlive it: the day would end for them, too.
    """
    with pymongo.timeout(WITHIN_S):
        yield
