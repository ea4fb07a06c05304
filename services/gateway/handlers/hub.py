"""One reader of the feed for all who watch at this gateway: it looks, remembers what is recent, and wakes them."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from services.gateway.domain.view import View
from services.gateway.domain.watching import Noted
from services.gateway.ports import Feed, Library

LOOK_EVERY_S = 0.25
AT_ONCE = 50
"""Items that are read, and told, at a time."""
REMEMBERED = 500
"""Recent items that are in memory, once for all. Who is further behind reads their own way up to here."""
MOST = 1000
"""Who watch at one gateway at the same time."""


@dataclass(frozen=True, slots=True)
class Page:
    """Items behind a place, and how the postmortems that they are about stand now."""

    items: Sequence[tuple[int, Noted]]
    views: Mapping[str, View]


class Hub:
    """What is recent in the feed. Memory is bounded: by `REMEMBERED` here, by one page for each who watches.

    A view is loaded after its item was read, and again with every later item about the same postmortem. All that
    changes who may see a postmortem is a fact, and so an item: whoever is told, is told by the view of now.
    """

    def __init__(self, feed: Feed, library: Library, away: tuple[type[Exception], ...] = ()) -> None:
        """Take the feed, the library, and the errors of a store that does not answer."""
        self.feed = feed
        self.library = library
        self.away = away
        self.watching = 0
        self.closed = False
        self.news = asyncio.Event()
        self._recent: list[tuple[int, Noted]] = []
        self._views: dict[str, View] = {}
        self._read_from: int | None = None

    @property
    def full(self) -> bool:
        """Whether as many watch as may."""
        return self.watching >= MOST

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count somebody who watches; with nobody the feed is not read."""
        self.watching += 1
        try:
            yield
        finally:
            self.watching -= 1

    async def look(self) -> None:
        """Read what is new, and wake everybody. Raises: what the store raises when it is away."""
        if not self.watching:
            self._forget()
            return
        if self._read_from is None:
            self._read_from = (await self.feed.newest()).number
            self._wake()  # who found nothing a moment ago may have something now
        last = self._recent[-1][0] if self._recent else self._read_from
        page = await self._page(last)
        if page.items:
            self._remember(page)
            self._wake()

    async def after(self, number: int) -> Page:
        """Return what is behind a place, oldest first: what is remembered, else what is in the feed."""
        if self._read_from is None or number < self._read_from:
            return await self._page(number)
        first = bisect_right(self._recent, number, key=_number)
        return Page(self._recent[first : first + AT_ONCE], self._views)

    def close(self) -> None:
        """End every watching, so that nobody waits for it: this gateway is about to stop."""
        self.closed = True
        self._wake()

    async def _page(self, number: int) -> Page:
        items = await self.feed.after(number, AT_ONCE)
        about = {noted.postmortem_id for _, noted in items}
        return Page(items, await self.library.heads(about) if about else {})

    def _remember(self, page: Page) -> None:
        self._recent.extend(page.items)
        self._views.update(page.views)
        if too_many := self._recent[:-REMEMBERED]:
            self._read_from = too_many[-1][0]
            del self._recent[: len(too_many)]
            for id in self._views.keys() - {noted.postmortem_id for _, noted in self._recent}:
                del self._views[id]

    def _forget(self) -> None:
        self._read_from = None
        self._recent, self._views = [], {}

    def _wake(self) -> None:
        self.news.set()
        self.news = asyncio.Event()


def _number(item: tuple[int, Noted]) -> int:
    return item[0]
