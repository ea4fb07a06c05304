"""How a route says what it answers: `@router.get(path, summary=..., **answers(Model, "404 unknown-postmortem"))`.

The statuses that follow from a route's form (a caller, a body, a key, an ETag) come by themselves, from `forms.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from services.gateway.domain.answers.command import Accepted
from services.gateway.domain.rules import RULES

REFUSES = "x-refuses"
JSON = "application/json"
SAYS_LATER = "It is durable and will be done; its service has not answered yet."
SAYS_UNSEEN = "It is done; it was restricted meanwhile, and you are not among those who may see it."
TEXT: dict[str, Any] = {"schema": {"type": "string"}}
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
HEADERS: dict[str, str] = {
    "Accept": "The kinds of body that are read.",
    "Accept-Encoding": "The ways in which a body may be packed: none.",
    "Connection": "`close`: nothing more is read from this connection.",
    "Content-Disposition": "Under which name the file is best kept.",
    "ETag": "Names the answer; send it back as `If-None-Match`, or as `If-Match` to edit what you read.",
    "Last-Modified": "When anything of it has changed last; send it back as `If-Modified-Since`.",
    "Link": '`<...>; rel="next"`: the next page, with the same filters; missing on the last one.',
    "Location": "Where to go on.",
    "RateLimit": 'What is left of your requests, and in how many seconds they begin anew: `"person";r=599;t=60`.',
    "RateLimit-Policy": 'How many requests you have, in how many seconds: `"person";q=600;w=60`.',
    "Retry-After": "After how many seconds to try again.",
    "WWW-Authenticate": "How to prove who you are.",
    "X-Merged-From": "The older revision that your change was made on; others have changed other parts since.",
    "X-Request-Id": "Names this request in every log.",
}
"""Every header that an answer can have and a caller may go by."""


def answers(
    model: type[BaseModel] | Mapping[str, Any],
    *refuses: str,
    status: int = 200,
    says: str = "It is so.",
    headers: Sequence[str] = (),
    later: bool = False,
    unseen: bool = False,
    made: bool = False,
    shows: Mapping[str, Any] | None = None,
    also: Mapping[int, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what a route is declared with: its model, its headers and the rules of `domain/rules.py` that are its own.

    What is not answered in JSON has no model, but `{media type: its description}`. `later`: it may answer 202 while its
    service is away; `unseen`: 204 when the caller may not see any more what they changed; `made`: 201 when it is new.
    `shows` is an example, where the model has none; `also` is what is answered besides, status by status.
    Raises: KeyError for a rule that is not in the table.
    """
    content = {JSON: {"example": dict(shows)}} if shows else {}
    answered: dict[str, Any] = {"response_model": model}
    if isinstance(model, Mapping):
        content = dict(model)
        answered = {"response_model": None, "response_class": Response}
    told = {"headers": named(headers), "content": content}
    responses: dict[int | str, dict[str, Any]] = {status: {name: value for name, value in told.items() if value}}
    if later:
        responses[202] = {"model": Accepted, "description": SAYS_LATER, "headers": named(["Location"])}
    if made:
        responses[201] = {"model": model, "description": "It is new.", "headers": named(headers)}
    if unseen:
        responses[204] = {"description": SAYS_UNSEEN}
    return {
        **answered,
        "status_code": status,
        "response_description": says,
        "responses": responses | dict(also or {}),
        "openapi_extra": {**(extra or {}), REFUSES: [RULES[key].key for key in refuses]},
    }


def named(headers: Sequence[str]) -> dict[str, Any]:
    """Return headers as an answer refers to them."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
