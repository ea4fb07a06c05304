"""What may be set from outside: the common settings, and what the policy file says about drafts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from services.drafting.settings.policy import Policy
from shared.settings import RoomSettings

__all__ = ["Policy", "Settings"]


class Settings(RoomSettings):
    """What every room needs, and the secret that the ids of findings are made with."""

    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        default=None, description="the gateway's; without it who knows the id of a finding can try out what was found"
    )
