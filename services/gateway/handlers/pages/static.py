"""Style sheets and scripts: read once at the start, and kept by browsers for as long as they stay the same."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from services.gateway.domain import etags
from services.gateway.handlers.problems import Problem

router = APIRouter(include_in_schema=False)
FOR_EVER = "public, max-age=31536000, immutable"
"""For an address that names the content."""
ASK_AGAIN = "public, no-cache"


class Asset(NamedTuple):
    """A file, what it is, and what tells it from any other content."""

    content: bytes
    media_type: str
    version: str


def _files(folder: Traversable, under: str = "") -> Iterator[tuple[str, Asset]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _files(each, f"{under}{each.name}/")
        else:
            content = each.read_bytes()
            kind = mimetypes.guess_type(each.name)[0] or "text/plain"
            yield under + each.name, Asset(content, kind, sha256(content).hexdigest()[:12])


ASSETS = dict(_files(resources.files("services.gateway") / "static"))


def address(name: str) -> str:
    """Return where a file is, in a way that is good for ever. Raises: KeyError when there is none."""
    return f"/static/{name}?v={ASSETS[name].version}"


@router.get("/static/{name:path}")
async def static(name: str, request: Request, v: str | None = None) -> Response:
    """Give a file of ours."""
    asset = ASSETS.get(name)
    if asset is None:
        raise Problem(404, "not-found", "There is no such file.")
    tag = etags.of_bytes(asset.content)
    kept = {"Cache-Control": FOR_EVER if v == asset.version else ASK_AGAIN, "ETag": tag}
    if etags.unchanged(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=kept)
    return Response(asset.content, media_type=asset.media_type, headers=kept)
