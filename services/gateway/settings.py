"""What may be set from outside: the common settings, keys, webhook secrets and the key that signs cursors."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from services.gateway.domain.access import ApiKey
from services.gateway.domain.sources import SOURCES
from shared.settings import RoomSettings


class Settings(RoomSettings):
    """The front door's settings. Lists and tables are JSON; each may come from a file (`AFTERWORD_API_KEYS_FILE`)."""

    secret_key: SecretStr = Field(
        min_length=32, description="at least 32 random characters, the same for every gateway; signs cursors"
    )
    api_keys: tuple[ApiKey, ...] = Field(default=(), description='[{"key_sha256", "email", "name", "role"}]')
    webhook_secrets: dict[str, tuple[Annotated[SecretStr, Field(min_length=1)], ...]] = Field(
        default_factory=dict, description='{"pagerduty": ["secret", "the next secret while rotating"]}'
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
        return {
            source: tuple(s.get_secret_value() for s in secrets) for source, secrets in self.webhook_secrets.items()
        }
