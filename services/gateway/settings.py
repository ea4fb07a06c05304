"""What may be set from outside: the common settings, keys, webhook secrets, the key that signs, subscribers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, field_validator

from services.gateway.domain.access import ApiKey
from services.gateway.domain.hooks import Endpoint, Hook, endpoints
from services.gateway.domain.sources import SOURCES
from shared.settings import PREFIX, RoomSettings, SettingError, load_policy

Secrets = dict[str, tuple[Annotated[SecretStr, Field(min_length=1)], ...]]


class Policy(BaseModel):
    """What the gateway reads of the policy file."""

    webhooks: tuple[Hook, ...] = ()


class Settings(RoomSettings):
    """The front door's settings. Lists and tables are JSON; each may come from a file (`AFTERWORD_API_KEYS_FILE`)."""

    secret_key: SecretStr = Field(
        min_length=32, description="at least 32 random characters, the same for every gateway; signs cursors and links"
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

    @field_validator("webhook_secrets")
    @classmethod
    def _of_known_sources(cls, secrets: dict[str, tuple[SecretStr, ...]]) -> dict[str, tuple[SecretStr, ...]]:
        unknown = sorted(set(secrets) - set(SOURCES))
        if unknown:
            msg = f"there is no webhook source {unknown[0]}; known: {', '.join(SOURCES)}"
            raise ValueError(msg)
        return secrets

    def secrets(self) -> dict[str, tuple[str, ...]]:
        """Return the webhook secrets by source, readable."""
        return _readable(self.webhook_secrets)

    def endpoints(self) -> dict[str, Endpoint]:
        """Return the subscribers of the policy file with their secrets. Raises: SettingError."""
        return with_secrets(load_policy(self.policy, Policy).webhooks, self.hook_secrets)


def with_secrets(hooks: tuple[Hook, ...], secrets: Secrets) -> dict[str, Endpoint]:
    """Return subscribers by name, each with what is secret of it. Raises: SettingError that names the wrong one."""
    try:
        return endpoints(hooks, _readable(secrets))
    except ValueError as error:
        raise SettingError(f"{PREFIX}POLICY or {PREFIX}HOOK_SECRETS: {error}") from None


def _readable(secrets: Secrets) -> dict[str, tuple[str, ...]]:
    return {name: tuple(one.get_secret_value() for one in each) for name, each in secrets.items()}
