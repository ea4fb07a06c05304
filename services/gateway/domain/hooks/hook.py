"""A subscriber as the policy file names it, and where it is reached. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.base import Severity, Token

TOLD = (
    "DraftCreated.v1",
    "DraftRevised.v1",
    "PostmortemSkipped.v1",
    "PostmortemRequired.v1",
    "CorrectionWithdrawn.v1",
    "PostmortemMerged.v1",
    "TimelineExtended.v1",
    "ReviewRequested.v1",
    "ReviewersAssigned.v1",
    "ReviewCommented.v1",
    "ChangesRequested.v1",
    "ApprovalGiven.v1",
    "ReviewApproved.v1",
    "ApprovalWithdrawn.v1",
    "MeetingScheduled.v1",
    "MeetingRescheduled.v1",
    "MeetingCancelled.v1",
    "MeetingEnded.v1",
    "Published.v1",
    "DeliveryCompleted.v1",
    "PostmortemClosed.v1",
)
"""The facts that can be told: there are words for them."""
HTTPS = 443
PLAIN_URL = re.compile(r"https?://[!-\[\]-~]+")
"""What every reader of an address takes for the same: no spaces, no backslashes, nothing but ASCII."""
SECRET = "whsec_"  # noqa: S105 - how a secret begins
LEAST, MOST = 24, 64
"""Bytes of a secret, as Standard Webhooks 1.0.0 has it."""


def _wire_name(name: str) -> str:
    """Take an event with or without its version, as long as there is one version."""
    found = [known for known in TOLD if name in (known, known.rpartition(".")[0])]
    if not found:
        msg = f"there is no event {name!r}; known: {', '.join(TOLD)}"
        raise ValueError(msg)
    return found[-1]


EventName = Annotated[str, AfterValidator(_wire_name)]
USUAL = (
    "DraftCreated.v1",
    "ReviewRequested.v1",
    "ReviewApproved.v1",
    "MeetingScheduled.v1",
    "MeetingRescheduled.v1",
    "MeetingCancelled.v1",
    "Published.v1",
    "DeliveryCompleted.v1",
)


class Hook(BaseModel):
    """`[[webhooks]]`: who is told what. An empty `severities` or `services` does not narrow.

    `restricted`: it is also told, without title and people, of postmortems that only some may see. `allow`: networks of
    our own that it may be in; over plain http nothing else may be called. `ports`: what it may listen on beside 443.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
    url: str | None = None
    format: Literal["standard", "slack"] = "standard"
    events: tuple[EventName, ...] = Field(default=USUAL, min_length=1)
    severities: tuple[Severity, ...] = ()
    services: tuple[Token, ...] = ()
    restricted: bool = False
    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A subscriber with its address and its secrets, the current one first; neither is ever shown."""

    hook: Hook
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def only_allowed(self) -> bool:
        """Whether it may be called nowhere but in the networks that it names: what is not encrypted stays at home."""
        return not self.url.startswith("https:")


def endpoints(hooks: Sequence[Hook], given: Mapping[str, Sequence[str]]) -> dict[str, Endpoint]:
    """Return subscribers by name. `given` are the secrets by name; an address among them takes the url's place.

    Raises: ValueError that names the entry and what to change; it shows no secret.
    """
    names = [hook.name for hook in hooks]
    for name in (*names, *given):
        if names.count(name) != 1:
            msg = f"webhook {name!r}: " + ("stands there twice" if name in names else "has secrets, but no entry")
            raise ValueError(msg)
    return {hook.name: _endpoint(hook, given.get(hook.name, ())) for hook in hooks}


def _endpoint(hook: Hook, given: Sequence[str]) -> Endpoint:
    urls = [one for one in given if one.startswith(("https://", "http://"))]
    secrets = tuple(one for one in given if one not in urls)
    url = urls[0] if urls else hook.url
    wrong = (_wrong_url(url, hook) if url else "needs a url") or _wrong_secrets(hook, secrets)
    if wrong or url is None:
        msg = f"webhook {hook.name!r}: {wrong}"
        raise ValueError(msg)
    return Endpoint(hook, url, secrets)


def _wrong_url(url: str, hook: Hook) -> str | None:
    """Say what is wrong with an address, without showing it: Slack's are secrets."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": HTTPS, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return "url is none"
    if not PLAIN_URL.fullmatch(url) or not parts.hostname:
        return "url must be https://host/path, in ASCII"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "url must have no user, password or fragment in it"
    if parts.scheme == "http" and not hook.allow:
        return "url must be https; plain http goes only to networks of your own, named in `allow`"
    if port not in (HTTPS, *hook.ports):
        return f"port {port} is not allowed; write `ports = [{port}]`"
    return None


def _wrong_secrets(hook: Hook, secrets: Sequence[str]) -> str | None:
    if hook.format == "slack":
        return "format slack has no secrets; take them out" if secrets else None
    if not secrets:
        return "format standard is signed: give a secret in AFTERWORD_HOOK_SECRETS"
    if any(not _is_secret(secret) for secret in secrets):
        return f"a secret must be {SECRET} and {LEAST} to {MOST} random bytes in Base64"
    return None


def _is_secret(secret: str) -> bool:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET) + "==", validate=True)
    except ValueError:
        return False
    return secret.startswith(SECRET) and LEAST <= len(key) <= MOST
