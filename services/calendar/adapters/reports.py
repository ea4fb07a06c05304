"""What is asked of a collection as a whole, and what is read in the answers (RFC 4791, RFC 4918, RFC 6578)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

from caldav.response import DAVResponse

_DAV, _CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_CTAG = "{http://calendarserver.org/ns/}getctag"
_GONE, _TOO_MANY = " 404 ", " 507 "

WHAT_IS_THERE = (
    '<propfind xmlns="DAV:" xmlns:CS="http://calendarserver.org/ns/">'
    "<prop><resourcetype/><supported-report-set/><CS:getctag/></prop></propfind>"
)
ETAGS = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'


@dataclass(frozen=True, slots=True)
class Collection:
    """What a collection tells of itself; `ctag` is empty when it tells none."""

    is_calendar: bool
    syncs: bool
    ctag: str


@dataclass(frozen=True, slots=True)
class Row:
    """One resource in an answer: its name in the collection ("" for the collection itself), and what is told of it."""

    name: str
    etag: str = ""
    text: str = ""
    gone: bool = False
    is_cut_off: bool = False


def since(token: str) -> str:
    """Return the body that asks what changed since a report with this token; for an empty one, what is there."""
    return (
        f'<sync-collection xmlns="DAV:"><sync-token>{escape(token)}</sync-token>'
        "<sync-level>1</sync-level><prop><getetag/></prop></sync-collection>"
    )


def entries(path: str, names: Sequence[str]) -> str:
    """Return the body that asks for the entries of these names in the collection at this path."""
    hrefs = "".join(f"<href>{escape(path + quote(name))}</href>" for name in names)
    return (
        '<C:calendar-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
        f"<prop><getetag/><C:calendar-data/></prop>{hrefs}</C:calendar-multiget>"
    )


def collection(response: DAVResponse) -> Collection:
    """Return what an answer to `WHAT_IS_THERE` says. RFC 4791 section 4.2: a calendar says so in its resource type."""
    tree = response.tree
    if tree is None:
        return Collection(is_calendar=False, syncs=False, ctag="")
    return Collection(
        is_calendar=tree.find(f".//{_DAV}resourcetype/{_CALDAV}calendar") is not None,
        syncs=tree.find(f".//{_DAV}report/{_DAV}sync-collection") is not None,
        ctag=(tree.findtext(f".//{_CTAG}") or "").strip(),
    )


def rows(response: DAVResponse, path: str) -> Iterator[Row]:
    """Yield what a multistatus tells of the resources right below this path, and of the collection itself."""
    tree = response.tree
    for each in () if tree is None else tree.iter(f"{_DAV}response"):
        name = _name((each.findtext(f"{_DAV}href") or "").strip(), path)
        if name is None:
            continue
        status = f"{each.findtext(f'{_DAV}status') or ''} "
        yield Row(
            name,
            etag=(each.findtext(f".//{_DAV}getetag") or "").strip(),
            text=each.findtext(f".//{_CALDAV}calendar-data") or "",
            gone=_GONE in status,
            is_cut_off=_TOO_MANY in status,
        )


def _name(href: str, path: str) -> str | None:
    """Return what a resource right below the path is called, "" for the path itself, None for anything else."""
    where, home = unquote(urlsplit(href).path), unquote(path)
    if where.rstrip("/") == home.rstrip("/"):
        return ""
    name = where.removeprefix(home)
    return None if name == where or "/" in name else name


def is_cut_off(response: DAVResponse, path: str) -> bool:
    """Say whether a report of the collection at this path goes on in another one (RFC 6578 section 3.6)."""
    return any(row.name == "" and row.is_cut_off for row in rows(response, path))


def token_in(response: DAVResponse) -> str:
    """Return the token that a report ends with; empty when it has none."""
    tree = response.tree
    return "" if tree is None else (tree.findtext(f"{_DAV}sync-token") or "").strip()
