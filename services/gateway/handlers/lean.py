"""A route of one form, served without the framework's machinery for any form: it is most of what such a route costs.

The form: a `Gate`, one model as the JSON body, an Idempotency-Key, the handlers' needs. The framework still reads the
signature, describes the route by it, and answers errors; only the way from a request to a call is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from services.gateway.handlers.caller import Gate, deps_of
from services.gateway.handlers.giving import IdempotencyKey
from services.gateway.handlers.problems import from_validation

_KEY: TypeAdapter[str | None] = TypeAdapter(IdempotencyKey)
HEADER = "Idempotency-Key"
Serve = Callable[[Request], Coroutine[Any, Any, Response]]


class LeanRoute(APIRoute):
    """Serves `(body: a model, actor: may(...), deps: Needs, key: IdempotencyKey) -> a model`, whatever their names."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve without the stacks of what is to be closed after a request: nothing here has anything to close."""
        if scope["method"] in (self.methods or ()):
            response = await self.serve(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await super().handle(scope, receive, send)

    def get_route_handler(self) -> Serve:
        """Return what serves a request. Raises: TypeError for a signature of another form."""
        found = self.dependant
        gates = {sub.name: sub.call for sub in found.dependencies if isinstance(sub.call, Gate)}
        needs = [sub.name for sub in found.dependencies if sub.call is deps_of]
        bodies, headers = found.body_params, found.header_params
        counted = (len(gates), len(needs), len(bodies), [header.alias for header in headers])
        if counted != (1, 1, 1, [HEADER]) or found.query_params or found.path_params:
            msg = f"{self.path}: this route takes a Gate, one body, {HEADER} and Needs, and nothing else"
            raise TypeError(msg)
        ((actor, gate),) = gates.items()
        names = (bodies[0].name, str(actor), str(needs[0]), headers[0].name)
        model: Any = bodies[0].field_info.annotation
        self.serve = _serving(self, gate, model, names)
        return self.serve


def _serving(route: APIRoute, gate: Gate, model: type[BaseModel], names: tuple[str, str, str, str]) -> Serve:
    call, status = route.endpoint, route.status_code or 200

    async def serve(request: Request) -> Response:
        actor = await gate(request)
        body, key = _checked(model, await _body(request.receive), request.headers.get(HEADER))
        given = (body, actor, request.app.state.deps, key)
        answer: BaseModel = await call(**dict(zip(names, given, strict=True)))
        return Response(answer.model_dump_json(), status, media_type="application/json")

    return serve


async def _body(receive: Receive) -> bytes:
    """Return the whole body. Raises: ClientDisconnect when it ends too early; BadBody."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _checked(model: type[BaseModel], body: bytes, key: str | None) -> tuple[BaseModel, str | None]:
    """Return what body and key say; that the body is JSON was seen when it came in. Raises: Problem 422."""
    wrong: list[dict[str, Any]] = []
    try:
        key = _KEY.validate_python(key)
    except ValidationError as error:
        wrong += _at(("header", HEADER), error)
    try:
        found = model.model_validate_json(body)
    except ValidationError as error:
        raise from_validation([*wrong, *_at(("body",), error)]) from error
    if wrong:
        raise from_validation(wrong)
    return found, key


def _at(where: tuple[str, ...], error: ValidationError) -> list[dict[str, Any]]:
    return [{**each, "loc": (*where, *each["loc"])} for each in error.errors()]
