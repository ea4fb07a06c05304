"""What a body may be: at most 1 MiB, counted while it streams in, and JSON that everybody reads alike."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from services.gateway.domain import strict_json
from services.gateway.domain.heads import Head

MAX_BODY = 1024 * 1024
MAX_FORM = 4 * MAX_BODY
"""For the forms of pages: a text that is too long for the API comes back with what to do, so it has to be read."""
JSON_TYPES = ("application/json", "application/merge-patch+json")
MARKDOWN = "text/markdown"


class BadBody(HTTPException):
    """A body that is not read. An HTTPException, since the framework calls any other error a bad request."""

    def __init__(self, status: int, rule: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)
        self.rule = rule


def looked_at(receive: Receive, head: Head, types: tuple[str, ...], most: int = MAX_BODY) -> Receive:
    """Return what reads a body and looks at it: routes that take none never ask for it.

    It stops as soon as more than `most` bytes are announced or have come in. Where it has to be one of `types`, it
    is strict JSON, or Markdown, of which any is good. Raises: BadBody, when it is read.
    """
    before: list[bytes] = []
    seen = 0

    async def read() -> Message:
        nonlocal seen
        message = await receive()
        part: bytes = message.get("body", b"")
        seen += len(part)
        if max(seen, head.length) > most:
            raise _too_large(most)
        if seen and types and message["type"] == "http.request":
            _check_type(head, types)
            before.append(part)
            if head.media_type != MARKDOWN and not message.get("more_body", False):
                _check_json(b"".join(before))
        return message

    return read


def _too_large(most: int) -> BadBody:
    detail = f"The body is larger than {most} bytes; send less."
    return BadBody(413, "body-too-large", detail, {"Connection": "close"})


def _check_type(head: Head, types: tuple[str, ...]) -> None:
    if head.media_type in types and head.is_identity:
        return
    kinds = " or ".join(types)
    raise BadBody(
        415,
        "unsupported-media-type",
        f"Send the body as `Content-Type: {kinds}`, without a Content-Encoding.",
        {"Accept": ", ".join(types), "Accept-Encoding": "identity"},
    )


def _check_json(body: bytes) -> None:
    try:
        strict_json.check(body)
    except ValueError as error:
        raise BadBody(400, "malformed-json", f"The body cannot be read as JSON: {error}.") from error
