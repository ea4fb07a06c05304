"""Who is calling: what a credential proves, and who somebody is by the claims of their token. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from shared.contracts.base import Owner
from shared.contracts.commands import Actor, Role

RANKED = (Role.TOOL, Role.ENGINEER, Role.REVIEWER, Role.ADMIN)
"""The roles, the one that may most at the end."""
LONGEST_NAME = 300
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what their key is narrowed to; None: to nothing, all that their role may.

    `by_token`: an access token said so; nothing here knows for how long that stays true.
    """

    actor: Actor
    scopes: frozenset[str] | None = None
    by_token: bool = False


class NotAccepted(Exception):
    """A credential that is not good. `rule` names why, `detail` says what to do, `brief` is ASCII for the challenge."""

    def __init__(self, rule: str, detail: str, brief: str) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail
        self.brief = brief


class NobodyHere(Exception):
    """A genuine token of somebody who is nobody here; `rule` names why, the text says who can change it."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """How a provider's groups become roles: the claim that has them, group -> role, and what everybody has at least.

    `roster`: the groups whose people belong to the community of reviewers.
    """

    claim: str = "groups"
    by_group: Mapping[str, Role] = field(default_factory=dict)
    default: Role | None = None
    roster: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What a token tells of somebody's place in the community, and when the provider said so."""

    who: Owner
    belongs: bool
    issued_at: datetime


def somebody(claims: Claims, roles: Roles) -> Actor:
    """Return who a genuine token speaks for. Raises: NobodyHere."""
    role = role_of(claims, roles)
    if role is None:
        raise NobodyHere(
            "no-role",
            f"Nothing in the claim {roles.claim!r} of this token has a role here. Ask your admin to add one of your "
            "groups to AFTERWORD_OIDC_ROLES.",
        )
    try:
        return Actor(name=_name(claims), email=_email(claims), role=role)
    except ValidationError as error:
        raise _no_email("The claim `email` of this token is no e-mail address") from error


def role_of(claims: Claims, roles: Roles) -> Role | None:
    """Return the highest role that somebody's groups have, else the default."""
    found = [roles.by_group[group] for group in _groups(claims, roles.claim) if group in roles.by_group]
    return max([*found, *([roles.default] if roles.default else [])], key=RANKED.index, default=None)


def enrolment(claims: Claims, roles: Roles) -> Enrolment | None:
    """Return what a genuine token tells of somebody's place in the community.

    None: no group reviews here, or nobody can tell whose token it is. Tools do not review, nor does who may not call.
    """
    if not roles.roster:
        return None
    try:
        who = Owner(name=_name(claims), email=_email(claims))
        issued_at = datetime.fromtimestamp(claims["iat"], UTC)
    except (NobodyHere, ValidationError, ValueError, OverflowError, OSError):
        return None
    reviews = role_of(claims, roles) not in (None, Role.TOOL)
    return Enrolment(
        who=who, belongs=reviews and not roles.roster.isdisjoint(_groups(claims, roles.claim)), issued_at=issued_at
    )


def _groups(claims: Claims, name: str) -> Sequence[str]:
    """Return what a claim lists. Its name is taken as it is, else as a path (`realm_access.roles`)."""
    value: Any = claims.get(name)
    if value is None:
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _name(claims: Claims) -> str:
    """Return what to call somebody: their name, else their user name, else their address."""
    told = (claims.get(claim) for claim in ("name", "preferred_username", "email"))
    words = (" ".join(name.split()) for name in told if isinstance(name, str))
    return next((name[:LONGEST_NAME] for name in words if name), "")


def _email(claims: Claims) -> str:
    email = claims.get("email")
    if not isinstance(email, str) or not email:
        raise _no_email("This token has no claim `email`")
    if claims.get("email_verified", True) not in (True, "true"):  # some providers write it as a text
        raise NobodyHere("email-unverified", "Your provider has not verified your e-mail address; have it verified.")
    return email


def _no_email(what: str) -> NobodyHere:
    return NobodyHere(
        "email-needed", f"{what}: Afterword knows people by it. Ask your admin to put it into access tokens."
    )
