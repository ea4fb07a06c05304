"""From a credential to whose it is: a key of the settings, a kept key, or an access token."""

from __future__ import annotations

from services.gateway.domain import tokens
from services.gateway.domain.access import who_is
from services.gateway.domain.api_keys import id_of, is_use_to_be_noted, judge, unknown_key
from services.gateway.domain.identity import Caller, Claims, NobodyHere, enrolment, somebody
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps, IssuerAway, Oidc


async def identified(deps: Deps, credential: str) -> Caller:
    """Return whose credential this is.

    Raises: NotAccepted for one that is not good; Problem 403 for a token of nobody here, 503 when it cannot be told.
    """
    actor = who_is(credential, deps.identities.configured)
    if actor is not None:
        return Caller(actor)
    id = id_of(credential)
    if id is not None:
        return await _of_key(deps, id, credential)
    oidc = deps.identities.oidc
    if oidc is not None and tokens.is_token(credential):
        return await _of_token(deps, oidc, credential)
    raise unknown_key()


async def _of_key(deps: Deps, id: str, key: str) -> Caller:
    now = deps.clock.now()
    stored = await deps.identities.kept.find(id)
    found = judge(stored, deps.identities.digests.of(key), now)
    if stored and is_use_to_be_noted(stored, now):
        await deps.identities.kept.used(stored, now)
    return found


async def _of_token(deps: Deps, oidc: Oidc, token: str) -> Caller:
    header = tokens.header_of(token, oidc.rules)
    try:
        keys = await oidc.issuer.keys(header.kid)
    except IssuerAway as error:
        raise away(error) from error
    claims = tokens.claims_of(token, tokens.fitting(keys, header), oidc.rules, deps.clock.now())
    return person_of(oidc, claims)


def person_of(oidc: Oidc, claims: Claims) -> Caller:
    """Return who somebody is by genuine claims; the community hears of them. Raises: Problem 403 for nobody here."""
    _enrol(oidc, claims)
    try:
        return Caller(somebody(claims, oidc.roles), by_token=True)
    except NobodyHere as error:
        raise Problem(403, error.rule, error.detail, field="Authorization") from error


def _enrol(oidc: Oidc, claims: Claims) -> None:
    """Let the community know of whoever comes, also of who has no role any more: they have left it, too."""
    told = enrolment(claims, oidc.roles) if oidc.roster else None
    if oidc.roster and told:
        oidc.roster.saw(told)


def away(error: IssuerAway) -> Problem:
    """Return the problem of a provider that does not answer."""
    return Problem(
        503,
        "issuer-away",
        "The OpenID provider does not answer, so this token cannot be verified now. Send the request again, with the "
        "same Idempotency-Key where it has one.",
        headers={"Retry-After": str(error.retry_after)},
    )
