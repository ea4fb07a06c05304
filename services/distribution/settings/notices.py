"""What the policy file decides of mails to one person."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class NoticesPolicy(BaseModel):
    """`[distribution.notices]`: so many mails with notices in so many minutes; what is more comes together."""

    model_config = ConfigDict(extra="forbid")

    at_once: int = Field(default=5, ge=1, le=1000)
    within_minutes: float = Field(default=60, ge=0, le=24 * 60)
