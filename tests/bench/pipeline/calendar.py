"""A CalDAV server that costs next to nothing: one collection in memory. `python -m tests.bench.pipeline.calendar PORT`.

It answers what services/calendar asks: PROPFIND of the collection, GET, PUT on conditions, reports of changes and of
entries. Every write has an ETag; a report knows every change since it started.
"""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass, field
from http import HTTPStatus

import uvloop

from deploy.local.ports import HOST

PATH = "/company/postmortems/"
TOKEN = "http://bench.example.com/sync/"
END = b"\r\n\r\n"
_HREF = re.compile(r"<href>([^<]+)</href>")
_ASKED_SINCE = re.compile(r"<sync-token>" + re.escape(TOKEN) + r"(\d+)</sync-token>")
WHAT_IT_IS = (
    f"<response><href>{PATH}</href><propstat><prop><resourcetype><collection/><C:calendar/></resourcetype>"
    "<supported-report-set><supported-report><report><sync-collection/></report></supported-report>"
    "</supported-report-set></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: what is asked of which address, on which conditions, with which body."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: HTTPStatus
    body: str = ""
    etag: str = ""

    def lines(self) -> bytes:
        """Return it as it goes over the line."""
        body = self.body.encode()
        etag = f"ETag: {self.etag}\r\n" if self.etag else ""
        kind = "text/calendar" if self.body.startswith("BEGIN") else "application/xml"
        head = f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n{etag}Content-Type: {kind}; charset=utf-8\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Collection:
    """The entries by address, each with the number of its last change."""

    entries: dict[str, tuple[int, str]] = field(default_factory=dict)
    changes: int = 0

    def answer(self, asked: Asked) -> Answer:
        """Do what is asked."""
        match asked.method:
            case "PUT":
                return self._put(asked)
            case "GET":
                return self._get(asked.path)
            case "PROPFIND":
                return _multistatus(WHAT_IT_IS)
            case "REPORT" if "sync-collection" in asked.body:
                return self._since(asked.body)
            case "REPORT":
                return _multistatus("".join(self._row(path, whole=True) for path in _HREF.findall(asked.body)))
        return Answer(HTTPStatus.METHOD_NOT_ALLOWED)

    def _put(self, asked: Asked) -> Answer:
        known, is_new = self.entries.get(asked.path), asked.headers.get("if-none-match") == "*"
        wanted = asked.headers.get("if-match")
        if (known and is_new) or (wanted and (known is None or _etag(known[0]) != wanted)):
            return Answer(HTTPStatus.PRECONDITION_FAILED)
        self.changes += 1
        self.entries[asked.path] = self.changes, asked.body
        return Answer(HTTPStatus.NO_CONTENT if known else HTTPStatus.CREATED, etag=_etag(self.changes))

    def _get(self, path: str) -> Answer:
        known = self.entries.get(path)
        return Answer(HTTPStatus.OK, known[1], _etag(known[0])) if known else Answer(HTTPStatus.NOT_FOUND)

    def _since(self, body: str) -> Answer:
        asked = _ASKED_SINCE.search(body)
        since = int(asked[1]) if asked else 0
        rows = "".join(self._row(path, whole=False) for path, (number, _) in self.entries.items() if number > since)
        return _multistatus(f"{rows}<sync-token>{TOKEN}{self.changes}</sync-token>")

    def _row(self, path: str, *, whole: bool) -> str:
        number, text = self.entries.get(path, (0, ""))
        if not number:
            return f"<response><href>{path}</href><status>HTTP/1.1 404 Not Found</status></response>"
        data = f"<C:calendar-data><![CDATA[{text}]]></C:calendar-data>" if whole else ""
        told = f"<propstat><prop><getetag>{_etag(number)}</getetag>{data}</prop>"
        return f"<response><href>{path}</href>{told}<status>HTTP/1.1 200 OK</status></propstat></response>"


def _etag(number: int) -> str:
    return f'"{number}"'


def _multistatus(rows: str) -> Answer:
    told = f'<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">{rows}</multistatus>'
    return Answer(HTTPStatus.MULTI_STATUS, f'<?xml version="1.0" encoding="utf-8"?>{told}')


async def _asked(reader: asyncio.StreamReader) -> Asked:
    """Read a request. Raises: EOFError when there is none any more."""
    first, *lines = (await reader.readuntil(END)).decode().splitlines()
    method, path, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Asked(method, path, headers, (await reader.readexactly(int(headers.get("content-length", 0)))).decode())


async def serve(port: int) -> None:
    """Answer until the process is ended."""
    collection = Collection()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                asked = await _asked(reader)
            except (EOFError, ConnectionError):
                writer.close()
                return
            writer.write(collection.answer(asked).lines())

    server = await asyncio.start_server(talk, HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
