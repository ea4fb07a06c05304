"""What may be set from outside: the common settings, who may call and how often, secrets, and subscribers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

import limits
from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    IPvAnyNetwork,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import SettingsConfigDict

from services.gateway.domain.access import ApiKey
from services.gateway.domain.hooks import Endpoint, Hook, endpoints
from services.gateway.domain.identity import Roles
from services.gateway.domain.rates import Policy as RatePolicy
from services.gateway.domain.sources import SOURCES
from services.gateway.domain.tokens import TokenRules
from shared.contracts.base import Line, Severity
from shared.contracts.commands import Role
from shared.contracts.severities import Severities, aliases
from shared.contracts.zones import Zone
from shared.settings import PREFIX, RoomSettings, SettingError, load_policy

Secrets = dict[str, tuple[Annotated[SecretStr, Field(min_length=1)], ...]]


class Roster(BaseModel):
    """`[review.roster]`: the provider's groups whose people belong to the community."""

    groups: frozenset[Line] = frozenset()


class ReviewPolicy(BaseModel):
    """`[review]`, as far as the door is concerned."""

    roster: Roster = Roster()


class Organisation(BaseModel):
    """`[organisation]`: the zone of everybody who has none of their own."""

    timezone: Zone = "UTC"


class Policy(BaseModel):
    """What the gateway reads of the policy file."""

    organisation: Organisation = Organisation()
    review: ReviewPolicy = ReviewPolicy()
    webhooks: tuple[Hook, ...] = ()
    severities: Severities = Field(default_factory=dict)


Room = Literal["drafting", "review", "calendar", "distribution", "gateway"]
RoomUrl = Annotated[str, StringConstraints(pattern=r"^https?://")]
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _is_a_rate(text: str) -> str:
    try:
        found = limits.parse_many(text)
    except ValueError:
        found = []
    if len(found) != 1 or found[0].amount < 1 or found[0].get_expiry() < 1:
        msg = f"{text!r} is no rate; write one like 600/10 seconds or 1000/minute"
        raise ValueError(msg)
    return text


Rate = Annotated[str, AfterValidator(_is_a_rate)]


class Settings(RoomSettings):
    """The front door's settings. Lists and tables are JSON; each may come from a file (`AFTERWORD_API_KEYS_FILE`).

    What is set to nothing is as if it was not set.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True)

    secret_key: SecretStr = Field(
        min_length=32,
        description="at least 32 random characters, the same for every gateway; signs cursors and links, and what is "
        "kept of API keys depends on it: with another one they are all unknown",
    )
    api_keys: tuple[ApiKey, ...] = Field(default=(), description='[{"key_sha256", "email", "name", "role"}]')
    webhook_secrets: Secrets = Field(
        default_factory=dict, description='{"pagerduty": ["secret", "the next secret while rotating"]}'
    )
    hook_secrets: Secrets = Field(
        default_factory=dict,
        description='of outgoing webhooks, by name: {"ci": ["whsec_...", "whsec_... the next one while rotating"], '
        '"chat": ["https://..., an address that is a secret"]}',
    )
    oidc_issuer: str | None = Field(
        default=None, description="the OpenID provider whose access tokens are taken, exactly as it calls itself"
    )
    oidc_audience: str | None = Field(
        default=None,
        min_length=1,
        validate_default=True,
        description="what the tokens' `aud` must name; needed with an issuer",
    )
    oidc_token_types: tuple[str, ...] = Field(
        default=("at+jwt",), min_length=1, description='["at+jwt", "JWT"] for a provider that does not follow RFC 9068'
    )
    oidc_roles_claim: str = Field(
        default="groups", min_length=1, description="the claim with a person's groups, or a path: realm_access.roles"
    )
    oidc_roles: dict[str, Role] = Field(default_factory=dict, description='{"sre": "engineer"}: group to role')
    oidc_default_role: Role | None = Field(default=None, description="of people whose groups have none; unset: refused")
    oidc_client_id: str | None = Field(
        default=None, min_length=1, description="as what people sign in to the pages at the provider"
    )
    oidc_client_secret: SecretStr | None = Field(default=None, min_length=1, description="unset: a public client")
    oidc_scopes: str = Field(default="openid email profile", pattern=r"\bopenid\b", description="what we ask it for")
    development_sign_in: bool = Field(
        default=False,
        description="let anybody sign in to the pages as any of `api_keys`; only where PUBLIC_URL is this machine",
    )
    rate_limit_tools: Rate = Field(default="6000/10 seconds", description="requests of one tool")
    rate_limit_people: Rate = Field(default="3000/10 seconds", description="requests of one person")
    rate_limit_failed: Rate = Field(default="300/10 seconds", description="bad credentials from one address")
    rate_limit_webhooks: Rate = Field(default="3000/10 seconds", description="genuine deliveries of one source")
    rooms: dict[Room, RoomUrl] = Field(
        default_factory=dict,
        description='{"drafting": "http://drafting:8080"}: where rooms answer /health and /metrics, for /operations',
    )
    operator_rabbitmq_url: SecretStr | None = Field(
        default=None,
        description="a user that may read what is parked and send it again; unset: /operations only counts it",
    )
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description='["10.0.0.0/8"]: whose X-Forwarded-For is believed'
    )

    @field_validator("development_sign_in")
    @classmethod
    def _is_on_this_machine(cls, is_on: bool, info: ValidationInfo) -> bool:
        if is_on and urlsplit(info.data.get("public_url", "")).hostname not in LOOPBACK:
            msg = f"lets anybody be anybody: only with {PREFIX}PUBLIC_URL on this machine (http://127.0.0.1:...)"
            raise ValueError(msg)
        return is_on

    @field_validator("webhook_secrets")
    @classmethod
    def _of_known_sources(cls, secrets: dict[str, tuple[SecretStr, ...]]) -> dict[str, tuple[SecretStr, ...]]:
        unknown = sorted(set(secrets) - set(SOURCES))
        if unknown:
            msg = f"there is no webhook source {unknown[0]}; known: {', '.join(SOURCES)}"
            raise ValueError(msg)
        return secrets

    @field_validator("oidc_issuer")
    @classmethod
    def _is_safe(cls, url: str | None) -> str | None:
        """Hold the issuer to TLS: whoever can change its keys on the way can be anybody."""
        parts = urlsplit(url or "https://unset")
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
            return url
        msg = "must begin with https:// (http:// only on this machine)"
        raise ValueError(msg)

    @field_validator("oidc_audience")
    @classmethod
    def _goes_with_an_issuer(cls, audience: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("oidc_issuer") and not audience:
            msg = "is needed with AFTERWORD_OIDC_ISSUER: without it a token for any other API would do"
            raise ValueError(msg)
        return audience

    def as_anybody(self) -> tuple[ApiKey, ...]:
        """Return the people whom anybody can be in the pages; nobody, unless that is on."""
        return tuple(key for key in self.api_keys if key.role is not Role.TOOL) if self.development_sign_in else ()

    def has_tls(self) -> bool:
        """Say whether people come over TLS, so that cookies may not go another way."""
        return urlsplit(self.public_url).scheme == "https"

    def secrets(self) -> dict[str, tuple[str, ...]]:
        """Return the webhook secrets by source, readable."""
        return _readable(self.webhook_secrets)

    def endpoints(self) -> dict[str, Endpoint]:
        """Return the subscribers of the policy file with their secrets. Raises: SettingError."""
        return with_secrets(load_policy(self.policy, Policy).webhooks, self.hook_secrets)

    def severities(self) -> dict[str, Severity]:
        """Return the organisation's own words for severities, in lower case. Raises: SettingError."""
        return aliases(load_policy(self.policy, Policy).severities)

    def token_rules(self) -> TokenRules | None:
        """Return which access tokens are taken; None: none are."""
        if self.oidc_issuer is None or self.oidc_audience is None:
            return None
        return TokenRules(issuer=self.oidc_issuer, audience=self.oidc_audience, types=self.oidc_token_types)

    def roles(self) -> Roles:
        """Return how the provider's groups become roles."""
        return Roles(claim=self.oidc_roles_claim, by_group=self.oidc_roles, default=self.oidc_default_role)

    def roster(self) -> frozenset[str]:
        """Return the provider's groups whose people review. Raises: SettingError."""
        return load_policy(self.policy, Policy).review.roster.groups

    def timezone(self) -> str:
        """Return the organisation's zone. Raises: SettingError."""
        return load_policy(self.policy, Policy).organisation.timezone

    def rates(self) -> Mapping[RatePolicy, limits.RateLimitItem]:
        """Return the limit of each policy."""
        return {
            RatePolicy.TOOL: limits.parse(self.rate_limit_tools),
            RatePolicy.PERSON: limits.parse(self.rate_limit_people),
            RatePolicy.FAILED: limits.parse(self.rate_limit_failed),
            RatePolicy.WEBHOOK: limits.parse(self.rate_limit_webhooks),
        }


def with_secrets(hooks: tuple[Hook, ...], secrets: Secrets) -> dict[str, Endpoint]:
    """Return subscribers by name, each with what is secret of it. Raises: SettingError that names the wrong one."""
    try:
        return endpoints(hooks, _readable(secrets))
    except ValueError as error:
        raise SettingError(f"{PREFIX}POLICY or {PREFIX}HOOK_SECRETS: {error}") from None


def _readable(secrets: Secrets) -> dict[str, tuple[str, ...]]:
    return {name: tuple(one.get_secret_value() for one in each) for name, each in secrets.items()}
