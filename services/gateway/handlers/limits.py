"""What a body may be: at most 1 MiB, counted while it streams in, and JSON that everybody reads alike."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.domain import strict_json

MAX_BODY = 1024 * 1024
JSON_TYPES = ("application/json", "application/merge-patch+json")


class BadBody(HTTPException):
    """A body that is not read. An HTTPException, since the framework calls any other error a bad request."""

    def __init__(self, status: int, rule: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)
        self.rule = rule


class BodyLimit:
    """Stops reading as soon as more than `MAX_BODY` bytes are announced or have come in. Raises: BadBody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in; hand on what is small enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if max(seen, _announced(scope)) > MAX_BODY:
                detail = f"The body is larger than {MAX_BODY} bytes; send less."
                raise BadBody(413, "body-too-large", detail, {"Connection": "close"})
            return message

        await self.app(scope, counted, send)


class JsonBodies:
    """Refuses bodies that are not strict JSON. Those under the paths `raw` are their handlers' own. Raises: BadBody."""

    def __init__(self, app: ASGIApp, raw: tuple[str, ...]) -> None:
        self.app = app
        self.raw = raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at a body when it is read, and whole: routes that take none never ask for it."""
        if scope["type"] != "http" or scope["path"].startswith(self.raw):
            await self.app(scope, receive, send)
            return
        body = bytearray()

        async def checked() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            if body and message["type"] == "http.request":
                _check_type(Headers(scope=scope))
                if not message.get("more_body", False):
                    _check_json(bytes(body))
            return message

        await self.app(scope, checked, send)


def _check_type(headers: Headers) -> None:
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = headers.get("content-encoding", "identity").strip().lower()
    if given in JSON_TYPES and coding == "identity":
        return
    kinds = " or ".join(JSON_TYPES)
    raise BadBody(
        415,
        "unsupported-media-type",
        f"Send the body as `Content-Type: {kinds}`, without a Content-Encoding.",
        {"Accept": ", ".join(JSON_TYPES), "Accept-Encoding": "identity"},
    )


def _check_json(body: bytes) -> None:
    try:
        strict_json.check(body)
    except ValueError as error:
        raise BadBody(400, "malformed-json", f"The body cannot be read as JSON: {error}.") from error


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length[:20]) if length.isdigit() else 0
