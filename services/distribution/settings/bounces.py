"""What the policy file decides of mail that comes back."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from services.distribution.settings.mails import Domain


class BouncesPolicy(BaseModel):
    """`[distribution.bounces]`: where mail comes back to, and how many returned mails end the mail to an address.

    Of each kind so many within so many days; 0 is never. A mail that did not come back within `quiet_days` has arrived.
    """

    model_config = ConfigDict(extra="forbid")

    domain: Domain | None = None
    hard: int = Field(default=2, ge=0, le=20)
    soft: int = Field(default=10, ge=0, le=20)
    within_days: float = Field(default=30, gt=0, le=366)
    quiet_days: float = Field(default=6, gt=0, le=60)
