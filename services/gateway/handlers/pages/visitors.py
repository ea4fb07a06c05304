"""Who looks at a page: the session of their browser, what their role allows, and whether a form is really theirs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from services.gateway.domain.access import Act, denied
from services.gateway.domain.api_keys import good_of
from services.gateway.domain.identity import Caller
from services.gateway.domain.rates import policy_of
from services.gateway.domain.sessions import LONGEST, Proof, Session, as_set, begun, digest_of, renewed
from services.gateway.handlers import rates
from services.gateway.handlers.caller import allowed
from services.gateway.handlers.pages.forms import SAFE, csrf_of, is_from_elsewhere
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.commands import Actor

SECURE_COOKIE, COOKIE = "__Host-afterword", "afterword"
"""With the prefix a browser takes it from this host alone, over TLS alone (RFC 6265bis, 4.1.3.2)."""
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in."""

    session: Session
    caller: Caller

    @property
    def actor(self) -> Actor:
        """Return who it is, as the rooms know them."""
        return self.caller.actor

    def may(self, act: Act) -> bool:
        """Say whether to show the way to something at all; whether it is allowed, its room decides."""
        return denied(act, self.actor.role, self.caller.scopes) is None


async def known(request: Request) -> Visitor | None:
    """Return who looks, or None when nobody is signed in (any more); the use of a session is noted."""
    deps: Deps = request.app.state.deps
    token = request.cookies.get(cookie_name(deps))
    session = await deps.sign_in.sessions.find(digest_of(token)) if token else None
    now = deps.clock.now()
    caller = await _caller(deps, session, now) if session and session.is_good(now) else None
    if session is None or caller is None:
        return None
    if newer := renewed(session, now):
        await deps.sign_in.sessions.keep(newer)
    visitor = Visitor(session, caller)
    request.state.visitor, request.state.caller = visitor, caller
    return visitor


async def _caller(deps: Deps, session: Session, now: datetime) -> Caller | None:
    """Return as whom a session's person is known today, by what it stands on."""
    match session.proof:
        case Proof.SETTINGS:
            return as_set(session, deps.identities.configured)
        case Proof.KEY:
            stored = await deps.identities.kept.find(session.evidence)
            return next(iter(good_of([stored] if stored else [], now)), None)
        case Proof.PROVIDER:
            return session.caller()


@dataclass(frozen=True, slots=True)
class PageGate:
    """Lets those pass who are signed in and whose role and key may do an act."""

    act: Act

    async def __call__(self, request: Request) -> Visitor:
        """Return who looks. Raises: Problem 401 (the page is the way to sign in then), 403, 429."""
        visitor = await known(request)
        if visitor is None:
            raise Problem(401, "sign-in-needed", "Sign in first.")
        await rates.take(request, request.app.state.deps, policy_of(visitor.actor.role), visitor.actor.email)
        if request.method not in SAFE:
            await _must_be_own(request, visitor.session)
        allowed(visitor.caller, self.act)
        return visitor


def visitor(act: Act) -> Any:
    """Return what a page annotates its visitor with: who is signed in and may do this, passes. Raises: Problem."""
    return Depends(PageGate(act))


Anybody = Annotated[Visitor | None, Depends(known)]


async def _must_be_own(request: Request, session: Session) -> None:
    if is_from_elsewhere(request) or not session.allows(await csrf_of(request)):
        text = "This form is not from a page of your session here. Go back, reload the page, and send it again."
        raise Problem(403, "foreign-form", text)


async def signed_in(
    deps: Deps, response: Response, caller: Caller, proof: Proof, evidence: str = "", until: datetime | None = None
) -> Response:
    """Begin a session, and give its token to the browser with this response."""
    token, csrf = secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES)
    session = begun(token, csrf, caller, proof, evidence, deps.clock.now(), until)
    await deps.sign_in.sessions.keep(session)
    response.set_cookie(
        cookie_name(deps),
        token,
        max_age=int(LONGEST.total_seconds()),
        secure=deps.sign_in.secure,
        httponly=True,
        samesite="lax",
    )
    return response


async def signed_out(request: Request, response: Response) -> Response:
    """End the session of a browser."""
    deps: Deps = request.app.state.deps
    if token := request.cookies.get(cookie_name(deps)):
        await deps.sign_in.sessions.end(digest_of(token))
    response.delete_cookie(cookie_name(deps), secure=deps.sign_in.secure, httponly=True, samesite="lax")
    return response


def cookie_name(deps: Deps) -> str:
    """Return what the session's cookie is called."""
    return SECURE_COOKIE if deps.sign_in.secure else COOKIE
