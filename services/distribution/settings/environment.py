"""What the environment sets: the relay and how to be let in, where links lead, and the key that signs them."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from services.distribution.domain import parse_relay
from services.distribution.domain.bouncing import parse_mailbox
from shared.settings import RoomSettings


class Settings(RoomSettings):
    """What every room needs, and where mail is handed over. What is empty is unset."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    smtp_url: SecretStr = Field(description="smtp://user:password@host:port?starttls=auto|required|off, or smtps://")
    smtp_timeout: float = Field(
        default=60, gt=0, le=600, description="seconds a reply is waited for; ten times as long after a mail's end"
    )
    smtp_ca: str | None = Field(
        default=None, description="who is trusted to know the relay, in PEM; without it, whom the system trusts"
    )
    smtp_token_path: Path | None = Field(
        default=None, description="a file with an access token for XOAUTH2, read at each connection"
    )
    smtp_oauth_url: str | None = Field(
        default=None,
        description="where access tokens are asked for with client credentials",
        pattern=r"^https?://[!-~]+$",
    )
    smtp_oauth_client_id: str | None = None
    smtp_oauth_client_secret: SecretStr | None = None
    smtp_oauth_scope: str | None = None
    public_url: str = Field(
        default="http://127.0.0.1:8080", description="where links in mails lead", pattern=r"^https?://[!-~]+$"
    )
    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        default=None, description="the gateway's; signs the links to unsubscribe, without it mails have none"
    )
    dkim_key: SecretStr | None = Field(
        default=None, description="the private key of [distribution.dkim], RSA in PEM; empty is unset"
    )

    @field_validator("dkim_key")
    @classmethod
    def _is_not_empty(cls, key: SecretStr | None) -> SecretStr | None:
        return key if key and key.get_secret_value().strip() else None

    bounce_listen: (
        Annotated[str, StringConstraints(pattern=r"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$")] | None
    ) = Field(
        default=None, description="host:port on which mail that comes back is taken, by SMTP or LMTP; off without it"
    )
    bounce_imap: SecretStr | None = Field(
        default=None,
        description="imaps://user:password@host:port/folder?move=folder, looked through for what came back",
    )

    @field_validator("bounce_imap")
    @classmethod
    def _is_a_mailbox(cls, url: SecretStr | None) -> SecretStr | None:
        if url:
            parse_mailbox(url.get_secret_value())
        return url

    @field_validator("smtp_url")
    @classmethod
    def _is_a_relay(cls, url: SecretStr) -> SecretStr:
        parse_relay(url.get_secret_value())
        return url

    @field_validator("smtp_ca")
    @classmethod
    def _is_a_certificate(cls, pem: str | None) -> str | None:
        try:
            ssl.create_default_context(cadata=pem)
        except (ssl.SSLError, ValueError) as error:
            msg = f"is no certificate in PEM: {error}"
            raise ValueError(msg) from None
        return pem

    @model_validator(mode="after")
    def _there_is_one_way_in(self) -> Settings:
        relay = parse_relay(self.smtp_url.get_secret_value())
        oauth = (self.smtp_oauth_url, self.smtp_oauth_client_id, self.smtp_oauth_client_secret)
        if any(oauth) and not all(oauth):
            msg = "SMTP_OAUTH_URL, SMTP_OAUTH_CLIENT_ID and SMTP_OAUTH_CLIENT_SECRET belong together"
            raise ValueError(msg)
        ways = [bool(relay.password), self.smtp_token_path is not None, all(oauth)]
        if sum(ways) > 1:
            msg = "the relay wants one proof: a password in SMTP_URL, SMTP_TOKEN_PATH or SMTP_OAUTH_URL"
            raise ValueError(msg)
        if any(ways[1:]) and relay.username is None:
            msg = "SMTP_URL has to name the mailbox that the token is for: smtp://user@host:port"
            raise ValueError(msg)
        return self
