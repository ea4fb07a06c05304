"""How postmortems are found: the keys that one has, the keys that a search wants, and the order of what is found. Pure.

A key is a word of the text, a word of the title (`title:`), or a facet: `service:checkout`, `month:2026-03`. A search
is a set of keys, so that one index answers every mix of words and filters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice

from services.gateway.domain.cursor import Position
from services.gateway.domain.factors import factors, normal
from services.gateway.domain.query import TITLE, Query, parsed
from services.gateway.domain.restriction import sees
from services.gateway.domain.timeliness import timeliness
from services.gateway.domain.view import View
from services.gateway.domain.words import keys_of
from shared.contracts.events import Snapshot

MADE = 2
"""Which way of making keys this is; rows of an older one are made anew in the background when it is counted up."""
MOST_WORDS = 20_000
"""Of one text; a postmortem has some hundred, and what pastes a log has the first of it."""
LISTED, PUBLISHED, PENDING = "is:listed", "is:published", "is:pending"
FACETS = ("status", "severity", "service", "tag", "factor", "month")
"""What is counted for whoever narrows a search."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list of postmortems is asked for, and when; `after` is (created_at, id) of the last one seen.

    `reader` is the address of who asks: a list shows what that person may see, and whoever builds one has to say.
    `month` is that of the incident's start (UTC), as 2026-03.
    """

    reader: str
    now: datetime
    q: str | None = None
    status: str | None = None
    timeliness: str | None = None
    severity: str | None = None
    service: str | None = None
    owner: str | None = None
    tag: str | None = None
    month: str | None = None
    factor: str | None = None
    after: Position | None = None
    limit: int = 50

    def query(self) -> Query:
        """Return what was typed."""
        return parsed(self.q)

    def facets(self) -> tuple[str, ...]:
        """Return the keys of the filters; what is skipped is listed only by its status."""
        given = {
            name: getattr(self, name) for name in ("status", "severity", "service", "owner", "tag", "month", "factor")
        }
        stands = (PUBLISHED if self.timeliness == "done" else PENDING,) if self.timeliness else ()
        return (*facet_keys(**given), *stands, *(() if self.status == "skipped" else (LISTED,)))


def facet_keys(**given: str | None) -> tuple[str, ...]:
    """Return the keys of facets by their names; those that are None are not asked for."""
    told = {name: value for name, value in given.items() if value is not None}
    return tuple(f"{name}:{normal(value) if name == 'factor' else value}" for name, value in told.items())


def words_of(view: View, draft: Snapshot) -> Iterator[str]:
    """Return what a postmortem is found by of its texts, the title's first."""
    title = keys_of([draft.title])
    found = keys_of((draft.title, *draft.services, *draft.tags, *texts(view, draft)))
    yield from islice(found, MOST_WORDS)
    yield from (TITLE + key for key in title)


def texts(view: View, draft: Snapshot) -> Iterator[str]:
    """Return the texts that phrases are looked for in."""
    yield draft.title
    yield from draft.report.values()
    yield from (entry.text for entry in view.timeline)


def facets_of(view: View, draft: Snapshot) -> Iterator[str]:
    """Return the facets of a postmortem as keys."""
    status = view.status()
    yield f"status:{status}"
    yield f"severity:{draft.severity.value}"
    yield f"owner:{draft.owner.email}"
    yield from (f"service:{name}" for name in dict.fromkeys(draft.services))
    yield from (f"tag:{name}" for name in dict.fromkeys(draft.tags))
    yield from (f"factor:{name}" for name in factors(draft))
    if month := month_of(view, draft):
        yield f"month:{month}"
    if status != "skipped":
        yield LISTED
    if view.publication or view.imported:
        yield PUBLISHED
    elif not view.is_merged() and status != "skipped":
        yield PENDING


def month_of(view: View, draft: Snapshot) -> str | None:
    """Return the month (UTC) that the incident began in, as 2026-03; None when nobody said when that was."""
    started = (view.incident or draft.incident).started_at
    return started.astimezone(UTC).strftime("%Y-%m") if started else None


def order_of(position: Position) -> bytes:
    """Return where something stands in a list: by time, then by id; what is greater is newer.

    It is short, since it stands in the index once for each word: seven bytes of microseconds since 1970, and the first
    four of the id, which tell those of one microsecond apart.
    """
    at, id = position
    return max(0, (at - _EPOCH) // _MICROSECOND).to_bytes(7, "big") + bytes.fromhex(id[:8])


def is_found(view: View, draft: Snapshot, query: Query, facets: Iterable[str]) -> bool:
    """Say whether a postmortem has what was typed, and these facets."""
    keys = {*words_of(view, draft), *facets_of(view, draft)}
    has = keys.issuperset((*facets, *query.keys)) and keys.isdisjoint(query.without)
    return has and query.takes(texts(view, draft))


def matches(view: View, draft: Snapshot, wanted: Wanted) -> bool:
    """Say whether a postmortem is what somebody searches for and may see, wherever it stands in the list."""
    return (
        sees(wanted.reader, view)
        and is_found(view, draft, wanted.query(), wanted.facets())
        and wanted.timeliness in (None, timeliness(view, draft, wanted.now))
    )


def counts(found: Iterable[Iterable[str]]) -> dict[str, dict[str, int]]:
    """Return how many postmortems have each facet, by its kind; the most frequent first, of months the newest."""
    counted: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    for facet, number in Counter(chain.from_iterable(found)).items():
        kind, _, value = facet.partition(":")
        if kind in counted:
            counted[kind][value] = number
    return {kind: dict(_sorted(kind, values)) for kind, values in counted.items()}


def _sorted(kind: str, values: dict[str, int]) -> Iterable[tuple[str, int]]:
    if kind == "month":
        return sorted(values.items(), reverse=True)
    return sorted(values.items(), key=lambda each: (-each[1], each[0]))
