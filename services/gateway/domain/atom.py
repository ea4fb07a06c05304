"""Publications as an Atom feed (RFC 4287). Pure: the same publications always give the same bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from feedgenerator import Atom1Feed

from services.gateway.domain.facets import PublicationView
from services.gateway.domain.markdown import safe_html
from services.gateway.domain.query import NOTHING, Query, parsed
from services.gateway.domain.search import facet_keys
from services.gateway.domain.view import View
from shared.contracts.base import derived_id

AUTHOR = "The review community"
"""Whoever wrote it: a postmortem speaks for all who worked on it, and blames nobody."""
EMPTY_SINCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries was updated: Atom wants a time, and it must not move."""
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which publications a feed has; None: all.

    `service` and `severity` are those that it was published with; the others are what the library is searched by.
    """

    service: str | None = None
    severity: str | None = None
    q: str | None = None
    owner: str | None = None
    tag: str | None = None
    month: str | None = None
    factor: str | None = None

    def query(self) -> Query:
        """Return what was typed."""
        return parsed(self.q)

    def facets(self) -> tuple[str, ...]:
        """Return the keys of what the library is searched by besides."""
        return facet_keys(owner=self.owner, tag=self.tag, month=self.month, factor=self.factor)

    @property
    def is_search(self) -> bool:
        """Say whether it takes more than what publications tell of themselves."""
        return bool(self.query() != NOTHING or self.facets())

    def given(self) -> dict[str, str]:
        """Return what was chosen, by its name."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


def atom(views: Sequence[View], chosen: Chosen, public_url: str, feed_url: str) -> str:
    """Return the feed of what was published, in the order given; a correction updates its entry."""
    base = public_url.rstrip("/")
    feed = _Feed(
        title=" ".join(["Postmortems", *(f"· {_clean(part)}" for part in chosen.given().values())]),
        link=f"{base}/v1/postmortems?status=published",
        description="What was learned from incidents, as it is published.",
        author_name=AUTHOR,
        feed_url=feed_url,
        feed_guid=f"urn:uuid:{derived_id('feed.atom', base, *_told(chosen))}",
        updated=updated(views),
    )
    for view in views:
        if view.publication:
            feed.add_item(**_entry(view, view.publication, base))
    return str(_written(feed))


def updated(views: Sequence[View]) -> datetime:
    """Return when the last of these was published or corrected."""
    return max((view.publication.published_at for view in views if view.publication), default=EMPTY_SINCE)


def _told(chosen: Chosen) -> tuple[str, ...]:
    """Return what tells a feed from others; those of a service and a severity keep the ids that they had first."""
    others = [f"{name}={value}" for name, value in chosen.given().items() if name not in {"service", "severity"}]
    return (chosen.service or "", chosen.severity or "", *others)


def _entry(view: View, publication: PublicationView, base: str) -> dict[str, Any]:
    tags = view.draft.tags if view.draft else ()
    terms = [
        ("severity", publication.severity),
        *(("service", service) for service in publication.services),
        *(("tag", tag) for tag in tags),
    ]
    return {
        "title": _clean(publication.title),
        "link": f"{base}/postmortems/{view.id}",
        "description": safe_html(_clean(publication.overview)),
        "unique_id": f"urn:uuid:{view.id}",
        "pubdate": publication.first_published_at or publication.published_at,
        "updateddate": publication.published_at,
        "terms": [(f"{base}/categories/{kind}", _clean(term)) for kind, term in terms],
    }


class _Feed(Atom1Feed):  # type: ignore[misc]  # the library has no types
    """The library's, whose categories have no scheme, and whose empty feed was updated just now."""

    def latest_post_date(self) -> datetime:
        """Return when the feed changed last."""
        changed: datetime = self.feed["updated"]
        return changed

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Add categories with what kind they are of."""
        super().add_item_elements(handler, item)
        for scheme, term in item["terms"]:
            handler.addQuickElement("category", "", {"scheme": scheme, "term": term})


def _written(feed: _Feed) -> str:
    written = StringIO()
    feed.write(written, "utf-8")
    return written.getvalue()


def _clean(text: str) -> str:
    """Return text without the characters that XML has no place for."""
    return _NOT_IN_XML.sub("", text)
