"""Forms of our pages: that they are ours, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from services.gateway.handlers.limits import MAX_FORM
from services.gateway.handlers.problems import from_validation
from shared.clock import new_id

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF, KEY = "csrf", "key"
"""What every form has beside its own fields: the session's proof, and an id by which it has its effect once."""
CSRF_HEADER = "x-csrf-token"
OWN_SITES = frozenset({"same-origin", "none"})
MOST_FIELDS = 500
MOST_FILES = 1
M = TypeVar("M", bound=BaseModel)


def is_from_elsewhere(request: Request) -> bool:
    """Say whether a browser tells that another site made this request (Fetch Metadata); older ones tell nothing."""
    return request.headers.get("sec-fetch-site", "none") not in OWN_SITES


async def csrf_of(request: Request) -> str | None:
    """Return the proof that comes with a request: in a header for scripts, else in the form."""
    return request.headers.get(CSRF_HEADER) or (await fields(request)).get(CSRF)


async def fields(request: Request) -> dict[str, str]:
    """Return the fields of a form, the last of those with one name; files are nothing here. Lines end in LF."""
    return {name: as_typed(value) for name, value in (await _form(request)).multi_items() if isinstance(value, str)}


async def every(request: Request, name: str) -> tuple[str, ...]:
    """Return all values of a field that may be there several times."""
    return tuple(as_typed(value) for value in (await _form(request)).getlist(name) if isinstance(value, str))


async def file_of(request: Request, name: str) -> bytes:
    """Return the file that somebody chose in a form, nothing when they chose none."""
    chosen = (await _form(request)).get(name)
    return await chosen.read() if isinstance(chosen, UploadFile) else b""


async def _form(request: Request) -> FormData:
    return await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=MAX_FORM)


def as_typed(text: str) -> str:
    """Return a text with LF alone: browsers send CRLF for every line of a form (HTML, 4.10.21.4), files have either."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


async def key_of(request: Request) -> str:
    """Return the id by which a form that is sent twice has its effect once."""
    return (await fields(request)).get(KEY) or new_id()


def read(model: type[M], values: Mapping[str, Any]) -> M:
    """Return what a form says as what the API takes. Raises: Problem 422 that names the field."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise from_validation(error.errors()) from error
