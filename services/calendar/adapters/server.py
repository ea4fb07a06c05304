"""One collection on a CalDAV server, through caldav's asynchronous client.

Only plain requests by address: what the library's object layer adds (searches for the UID, repeats of a
failed PUT, whole downloads in place of a report) is exactly what must not happen here.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from caldav.response import DAVResponse

from services.calendar.adapters import reports
from services.calendar.adapters.line import SETTING, Line
from services.calendar.adapters.outcomes import Means, meaning
from services.calendar.adapters.vevent import build, merge, read, uids_in
from services.calendar.domain import Copy, Entry, Practice, ours
from services.calendar.ports import Changed, Changes
from shared.messaging.retry import Permanent, Transient

AT_ONCE = 50
"""Entries in one request."""
_SYNC, _CTAG = "sync ", "ctag "
"""What a token is one of: servers without reports tell by their ctag whether anything changed."""
_CALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}
_DUPLICATE = {
    f"{{urn:ietf:params:xml:ns:caldav}}{name}" for name in ("no-uid-conflict", "unique-scheduling-object-resource")
}
_TOKEN_EXPIRED = "{DAV:}valid-sync-token"  # noqa: S105


class CalDavServer:
    """The collection at `url` (`http(s)://user:password@host/collection/`, its final address).

    Calls raise `Transient` for everything that passes (no connection, 423, 429, 5xx) and `Permanent`,
    saying what to configure, for what does not: see `outcomes`.
    """

    def __init__(self, url: str, practice: Practice) -> None:
        parts = urlsplit(url)
        self.zone: ZoneInfo = practice.zone
        self.url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        self._path = parts.path
        self._line = Line(url, self.url)
        self._is_checked = self._syncs = False

    async def check(self) -> None:
        """Make sure that the setting names a calendar that we may use. Raises: Permanent, Transient."""
        told = await self._collection()
        if not told.is_calendar:
            msg = f"{SETTING}: {self.url} is no calendar; set the address of the collection"
            raise Permanent(msg)

    async def close(self) -> None:
        """Close the connections."""
        await self._line.close()

    async def read(self, uid: str, place: str = "") -> Copy | None:
        """Return the entry as it stands, or None when there is none; `place` is its name there if not ours."""
        response = await self._line.ask("GET", self._address(place or ours(uid)))
        if meaning(response.status).means is Means.ABSENT:
            return None
        if meaning(response.status).means is not Means.DONE:
            raise self._line.refusal("GET", response)
        return read(_body(response), _etag(response), uid, self.zone, place)

    async def create(self, entry: Entry) -> str:
        """Put a new entry; return its etag, empty when the server tells none. Raises: Changed."""
        return await self._put(entry.place or ours(entry.uid), build(entry), {"If-None-Match": "*"})

    async def replace(self, entry: Entry, copy: Copy) -> str:
        """Bring a copy up to the entry, keeping what people added to it; return its etag. Raises: Changed."""
        return await self._put(copy.place or ours(copy.uid), merge(entry, copy), {"If-Match": copy.etag})

    async def changes(self, token: str) -> Changes:
        """Return what changed since a report with this token; everything for a token that the server does not know."""
        if not self._is_checked:
            await self._collection()
        return await (self._report(token) if self._syncs else self._listing(token))

    async def fetch(self, names: Sequence[str], uids: frozenset[str]) -> tuple[Copy, ...]:
        """Return those entries of these names that have one of the UIDs, in few requests."""
        by_name = {ours(uid): uid for uid in uids}
        found: list[Copy] = []
        for start in range(0, len(names), AT_ONCE):
            body = reports.entries(self._path, names[start : start + AT_ONCE])
            response = await self._multistatus("REPORT", body, depth="1")
            for row in reports.rows(response, self._path):
                uid = by_name.get(row.name) or next(iter(uids & uids_in(row.text)), None)
                if uid and row.text and row.etag:
                    place = "" if row.name == ours(uid) else row.name
                    found.append(read(row.text, row.etag, uid, self.zone, place))
        return tuple(found)

    async def _collection(self) -> reports.Collection:
        response = await self._multistatus("PROPFIND", reports.WHAT_IS_THERE, depth="0")
        told = reports.collection(response)
        self._is_checked, self._syncs = True, told.syncs
        return told

    async def _report(self, token: str) -> Changes:
        """RFC 6578: the changes since a token. One that the server has forgotten makes it a report of everything."""
        asked = token.removeprefix(_SYNC) if token.startswith(_SYNC) else ""
        pieces = await self._pieces(asked)
        if asked and not pieces:
            asked, pieces = "", await self._pieces("")
        found = [row for piece in pieces for row in reports.rows(piece, self._path) if row.name]
        return Changes(
            token=_SYNC + reports.token_in(pieces[-1]),
            etags={row.name: row.etag for row in found if row.etag and not row.gone},
            gone=frozenset(row.name for row in found if row.gone),
            whole=not asked,
        )

    async def _pieces(self, token: str) -> list[DAVResponse]:
        """Return a report in the pieces that it comes in (section 3.6); none when the token is forgotten.

        Raises: Transient when it has no end: a token that cannot be gone on from would be asked for ever.
        """
        pieces: list[DAVResponse] = []
        while (piece := await self._since(token)) is not None:
            pieces.append(piece)
            after = reports.token_in(piece)
            if after and not reports.is_cut_off(piece, self._path):
                return pieces
            if after in ("", token):
                break
            token = after
        if not pieces:
            return []
        msg = "the calendar does not say where its report goes on"
        raise Transient(msg)

    async def _since(self, token: str) -> DAVResponse | None:
        """Return the report, or None when the server has forgotten the token."""
        response = await self._line.ask("REPORT", self.url, reports.since(token), depth="0", long=True)
        if token and _TOKEN_EXPIRED in self._line.reasons(response):
            return None
        return self._checked("REPORT", response)

    async def _listing(self, token: str) -> Changes:
        """Without reports: everything, when the collection's ctag is another. The ctag is asked for first."""
        ctag = _CTAG + (await self._collection()).ctag
        if ctag == token and token != _CTAG:
            return Changes(token=token, etags={})
        response = await self._multistatus("PROPFIND", reports.ETAGS, depth="1")
        etags = {row.name: row.etag for row in reports.rows(response, self._path) if row.name and row.etag}
        return Changes(token=ctag, etags=etags, whole=True)

    async def _multistatus(self, method: str, body: str, depth: str) -> DAVResponse:
        return self._checked(method, await self._line.ask(method, self.url, body, depth=depth, long=True))

    def _checked(self, method: str, response: DAVResponse) -> DAVResponse:
        """Return an answer that tells of the collection. Raises: Permanent."""
        if meaning(response.status).means is Means.ABSENT:
            msg = f"{SETTING}: there is no collection at {self.url}; create the calendar, or set its address"
            raise Permanent(msg)
        if response.status != 207 or response.tree is None or response.tree.tag != "{DAV:}multistatus":  # noqa: PLR2004
            raise self._line.refusal(method, response)
        return response

    async def _put(self, name: str, text: str, condition: dict[str, str]) -> str:
        response = await self._line.ask("PUT", self._address(name), text, {**_CALENDAR, **condition})
        means = meaning(response.status).means
        if means in (Means.CHANGED, Means.ABSENT) or not _DUPLICATE.isdisjoint(self._line.reasons(response)):
            raise Changed(name)
        if means is not Means.DONE:
            raise self._line.refusal("PUT", response)
        etag = _etag(response)
        # a weak one, or none: the server has rewritten the entry, so this is not the etag of what it has now
        return "" if etag.startswith("W/") else etag

    def _address(self, name: str) -> str:
        return f"{self.url}{quote(name)}"


def _body(response: DAVResponse) -> str:
    raw = response.raw
    return raw if isinstance(raw, str) else raw.decode("utf-8", "replace")


def _etag(response: DAVResponse) -> str:
    return str(response.headers.get("ETag") or "")
