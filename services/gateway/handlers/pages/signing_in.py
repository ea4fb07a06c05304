"""Signing in and out: with an API key, by the provider, or on this machine as one of the sample people."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response

from services.gateway.domain.access import ApiKey
from services.gateway.domain.api_keys import id_of
from services.gateway.domain.identity import Caller
from services.gateway.domain.sessions import Proof
from services.gateway.handlers.caller import Needs, caller
from services.gateway.handlers.pages.forms import fields, is_from_elsewhere
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.visitors import Anybody, signed_in, signed_out
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps

router = APIRouter(include_in_schema=False)
Next = Annotated[str, Query(alias="next", max_length=2000)]


def own_path(path: str) -> str:
    """Return a path of ours to go on to; home for whatever would lead elsewhere."""
    parts = urlsplit(path)
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc and "\\" not in path
    return path if is_ours and path.isprintable() else "/"


@router.get("/sign-in")
async def sign_in(request: Request, deps: Needs, visitor: Anybody, next: Next = "/") -> Response:
    """Show the ways to sign in; who is signed in already goes on."""
    if visitor:
        return see(own_path(next))
    return ways(request, deps, own_path(next))


def ways(request: Request, deps: Deps, next: str, problem: Problem | None = None) -> Response:
    """Show the ways to sign in, and what went wrong on one of them."""
    status = problem.status if problem else 200
    people = deps.sign_in.as_anybody
    return page(
        request,
        "sign_in.html",
        status,
        next=next,
        people=people,
        problem=problem,
        has_provider=deps.sign_in.provider is not None,
    )


@router.post("/sign-in")
async def begin_session(request: Request, deps: Needs) -> Response:
    """Sign in with an API key, or as one of the sample people where that is on."""
    _must_be_ours(request)
    given = await fields(request)
    next = own_path(given.get("next", "/"))
    try:
        known, proof, evidence = await _proved(request, deps, given)
    except Problem as problem:
        return ways(request, deps, next, problem)
    return await signed_in(deps, see(next), known, proof, evidence)


async def _proved(request: Request, deps: Deps, given: dict[str, str]) -> tuple[Caller, Proof, str]:
    """Return who signs in, and what shows it. Raises: Problem 401, 403, 429."""
    if "as" in given:
        person = _sample(deps, given["as"])
        return Caller(person.actor), Proof.SETTINGS, person.key_sha256
    key = given.get("api_key", "").strip()
    known = await caller(request, deps, key or None)
    if known.by_token:
        text = "This is an access token; sign in with the provider instead, or give an API key."
        raise Problem(401, "no-valid-key", text, field="api_key")
    return known, *_evidence(deps, key)


def _evidence(deps: Deps, key: str) -> tuple[Proof, str]:
    """Return what a good key's session stands on. One of the settings may look like a kept one, and counts first."""
    digest, id = sha256(key.encode()).hexdigest(), id_of(key)
    if id is None or any(known.key_sha256 == digest for known in deps.identities.configured):
        return Proof.SETTINGS, digest
    return Proof.KEY, id


def _sample(deps: Deps, email: str) -> ApiKey:
    """Return one of the people that anybody may be here. Raises: Problem 403, always where that is off."""
    for person in deps.sign_in.as_anybody:
        if person.email == email:
            return person
    raise Problem(403, "sign-in-refused", "Nobody can sign in as this person here.", field="as")


@router.post("/sign-out")
async def end_session(request: Request) -> Response:
    """Sign out: the session ends, here and for whoever has its cookie."""
    _must_be_ours(request)
    return await signed_out(request, see("/sign-in", "signed-out"))


def _must_be_ours(request: Request) -> None:
    """Keep other sites from signing somebody in as somebody else. Raises: Problem 403."""
    if is_from_elsewhere(request):
        raise Problem(
            403, "foreign-form", "This form is not from a page of ours. Open the page, and send it from there."
        )
