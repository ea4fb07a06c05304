"""Signing in at the OpenID provider: there, and back with a code (OpenID Connect Core 1.0, 3.1)."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.gateway.domain import tokens
from services.gateway.domain.identity import Caller, Claims, NotAccepted
from services.gateway.domain.sessions import Proof
from services.gateway.domain.signing_in import ON_THE_WAY, Journey, completed, is_answer_to
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.identity import away, person_of
from services.gateway.handlers.pages.rendering import HEADERS, see
from services.gateway.handlers.pages.signing_in import Next, own_path, ways
from services.gateway.handlers.pages.visitors import signed_in
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps, IssuerAway, Oidc, Provider

router = APIRouter(include_in_schema=False)
BACK = "/sign-in/callback"
COOKIE = "afterword-signing-in"
SECRET_BYTES = 32
Told = Annotated[str, Query(max_length=4096)]


@router.get("/sign-in/provider")
async def leave(deps: Needs, next: Next = "/") -> Response:
    """Lead somebody to the provider, and remember on their side that it was they who went."""
    provider, _ = _registered(deps)
    state, nonce, verifier = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
    journey = Journey(state=state, nonce=nonce, verifier=verifier, next=own_path(next))
    try:
        where = await provider.way(journey, _back(deps))
    except IssuerAway as error:
        raise away(error) from error
    answer = RedirectResponse(where, status_code=303, headers=HEADERS)
    answer.set_cookie(
        COOKIE,
        deps.sign_in.journeys.seal(journey),
        max_age=int(ON_THE_WAY.total_seconds()),
        path="/sign-in",
        secure=deps.sign_in.secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(BACK)
async def come_back(request: Request, deps: Needs, state: Told = "", code: Told = "", error: Told = "") -> Response:
    """Take the provider's answer: a session begins, or the page says why none does."""
    journey = deps.sign_in.journeys.open(request.cookies.get(COOKIE, ""), state)
    try:
        if journey is None or not code:
            raise _lost(error)
        caller = await _proved(deps, code, journey)
    except Problem as problem:
        return ways(request, deps, journey.next if journey else "/", problem)
    answer = await signed_in(deps, see(journey.next), caller, Proof.PROVIDER)
    answer.delete_cookie(COOKIE, path="/sign-in", secure=deps.sign_in.secure, httponly=True, samesite="lax")
    return answer


def _lost(error: str) -> Problem:
    said = "refused the sign-in" if error == "access_denied" else f"answered {error[:100]!r}" if error else ""
    text = f"The provider {said}." if said else "This sign-in was not begun here, or too long ago."
    return Problem(401, "sign-in-refused", f"{text} Begin again.")


async def _proved(deps: Deps, code: str, journey: Journey) -> Caller:
    """Return who came back. Raises: Problem 401 for what proves nobody, 403 for nobody here, 503."""
    provider, oidc = _registered(deps)
    try:
        given = await provider.redeem(code, journey, _back(deps))
        claims = await _claims(deps, provider, oidc, given.id_token)
    except NotAccepted as error:
        raise Problem(401, error.rule, error.detail) from error
    except IssuerAway as error:
        raise away(error) from error
    if not is_answer_to(journey, claims):
        raise Problem(401, "sign-in-refused", "The provider's answer belongs to another sign-in. Begin again.")
    return person_of(oidc, completed(claims, given.userinfo))


async def _claims(deps: Deps, provider: Provider, oidc: Oidc, token: str) -> Claims:
    """Return the claims of a genuine ID token for us. Raises: NotAccepted, IssuerAway."""
    header = tokens.header_of(token, provider.rules)
    keys = await oidc.issuer.keys(header.kid)
    return tokens.claims_of(token, tokens.fitting(keys, header), provider.rules, deps.clock.now())


def _registered(deps: Deps) -> tuple[Provider, Oidc]:
    """Return the provider. Raises: Problem 404 where nobody signs in that way."""
    provider, oidc = deps.sign_in.provider, deps.identities.oidc
    if provider is None or oidc is None:
        raise Problem(404, "not-found", "Nobody signs in at a provider here.")
    return provider, oidc


def _back(deps: Deps) -> str:
    return f"{deps.public_url.rstrip('/')}{BACK}"
