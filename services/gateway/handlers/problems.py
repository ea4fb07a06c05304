"""Errors as RFC 9457 problem details: what broke, which field or rule, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from services.gateway.handlers.limits import BadBody
from services.gateway.handlers.methods import allowed
from services.gateway.handlers.standing import standing_headers
from services.gateway.ports import TooWide, Unavailable
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Kind, Refusal

log = structlog.get_logger(__name__)

STATUS_OF = {Kind.INVALID: 422, Kind.FORBIDDEN: 403, Kind.NOT_FOUND: 404, Kind.CONFLICT: 409, Kind.STALE: 412}
MEDIA_TYPE = "application/problem+json"
TOO_WIDE = "This search takes too long: add a word or a filter, or take rarer ones."


class Problem(Exception):
    """An answer that is no success. `rule` is the stable name of what was broken."""

    def __init__(
        self,
        status: int,
        rule: str,
        detail: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.rule = rule
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = {**({"field": field} if field else {}), **more}


def refused(refusal: Refusal) -> Problem:
    """Turn a room's refusal into an answer."""
    return Problem(STATUS_OF[refusal.kind], refusal.rule, refusal.detail, field=refusal.field, **refusal.data)


def unknown() -> Problem:
    """There is no such postmortem."""
    return refused(UNKNOWN_POSTMORTEM)


async def _store_away(request: Request, error: Exception) -> Response:
    log.warning("the store does not answer", path=request.scope["path"], error=repr(error))
    return answered(
        request,
        Problem(
            503,
            "store-away",
            "The database does not answer. Send it again, with the same Idempotency-Key where it has one.",
            headers={"Retry-After": "5"},
        ),
    )


async def _too_wide(request: Request, error: TooWide) -> Response:
    log.info("a search takes too long", path=request.scope["path"], error=repr(error))
    return answered(request, Problem(422, "search-too-wide", TOO_WIDE, field="q"))


async def _http(request: Request, error: HTTPException) -> Response:
    rule = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # the framework names those of one route only
        headers["Allow"] = allowed(request.app.routes, request.scope["path"])
    return answered(request, Problem(error.status_code, rule, str(error.detail), headers=headers))


def install(app: FastAPI, away: tuple[type[Exception], ...] = ()) -> None:
    """Make every error of the application a problem; `away` are those of a store that does not answer.

    `app.state.told(request, problem)` returns the page for a browser that has asked for one.
    """

    async def problem(request: Request, error: Problem) -> Response:
        return answered(request, error)

    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return answered(request, from_validation(error.errors()))

    async def bad_body(request: Request, error: BadBody) -> Response:
        problem = Problem(error.status_code, error.rule, error.detail, field="body", headers=error.headers)
        return answered(request, problem)

    async def unavailable(request: Request, error: Unavailable) -> Response:
        log.warning("unavailable", error=str(error))
        return answered(
            request,
            Problem(
                503,
                "not-accepted",
                "Nobody has confirmed that the message is stored. Send it again, with the same Idempotency-Key where "
                "it has one: it has its effect once.",
                headers={"Retry-After": "5"},
            ),
        )

    async def gone(request: Request, error: ClientDisconnect) -> Response:
        log.info("the caller hung up before the body was there", path=request.scope["path"], error=repr(error))
        return answered(request, Problem(400, "incomplete-body", "The body ended before it was complete."))

    async def bug(request: Request, error: Exception) -> Response:
        log.error("unexpected error", path=request.scope["path"], exc_info=error)
        text = "Something went wrong here; the log has the details under this `request_id`."
        # this one is answered outside of everything that adds headers
        return answered(request, Problem(500, "internal-error", text, headers=standing_headers(request.scope)))

    for kind, handler in (
        (Problem, problem),
        (RequestValidationError, invalid),
        (BadBody, bad_body),
        (HTTPException, _http),
        (Unavailable, unavailable),
        (TooWide, _too_wide),
        (ClientDisconnect, gone),
        *((kind, _store_away) for kind in away),
        (Exception, bug),
    ):
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]  # each takes its own error


def from_validation(errors: Any) -> Problem:
    """Turn pydantic's errors into one problem that names every field."""
    found = [{"field": field_name(error["loc"]), "detail": error["msg"]} for error in errors]
    first = found[0]
    return Problem(422, "invalid-field", f"{first['field']}: {first['detail']}", field=first["field"], errors=found)


def field_name(loc: tuple[Any, ...]) -> str:
    """Return a field's name as a caller writes it: `people.0.email`, without where it came from."""
    parts = [str(part) for part in loc]
    return ".".join(
        parts[1:] if parts and parts[0] in ("body", "query", "path", "header") and len(parts) > 1 else parts
    )


def wants_page(request: Request) -> bool:
    """Say whether a browser asks, for something that is no part of the API."""
    return not request.scope["path"].startswith("/v1/") and "text/html" in request.headers.get("accept", "")


def answered(request: Request, problem: Problem) -> Response:
    """Return the answer that tells a caller of a problem: a page for a browser, JSON for whoever else."""
    if wants_page(request):
        page: Response = request.app.state.told(request, problem)
        return page
    body = {
        "type": f"/problems/{problem.rule}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.scope["path"],
        "request_id": request.state.request_id,
        "rule": problem.rule,
        **problem.more,
    }
    return JSONResponse(body, status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE)
