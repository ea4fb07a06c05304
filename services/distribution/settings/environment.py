"""What the environment sets: the relay, where links lead, and the key that signs them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from services.distribution.domain import parse_relay
from shared.settings import RoomSettings


class Settings(RoomSettings):
    """What every room needs, and where mail is handed over."""

    smtp_url: SecretStr = Field(description="smtp://user:password@host:port?starttls=auto|required|off, or smtps://")
    public_url: str = Field(
        default="http://127.0.0.1:8080", description="where links in mails lead", pattern=r"^https?://[!-~]+$"
    )
    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        default=None, description="the gateway's; signs the links to unsubscribe, without it mails have none"
    )

    @field_validator("smtp_url")
    @classmethod
    def _is_a_relay(cls, url: SecretStr) -> SecretStr:
        parse_relay(url.get_secret_value())
        return url
