"""Why a postmortem is skipped or wanted after all, as people see it. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped


class SkipView(BaseModel):
    """The last word on whether there is to be one: why, by whom and when; `stamp` is its fact's own."""

    model_config = ConfigDict(frozen=True)

    toggles: int
    reason: str
    by: str
    at: datetime
    stamp: tuple[datetime, str]


def newest_skip(
    known: SkipView | None, event: PostmortemSkipped | PostmortemRequired, stamp: tuple[datetime, str]
) -> SkipView:
    """Return the later word of the two, in whatever order they are heard."""
    if isinstance(event, PostmortemSkipped):
        by, at = event.skipped_by, event.skipped_at
    else:
        by, at = event.required_by, event.required_at
    told = SkipView(toggles=event.toggles, reason=event.reason, by=by, at=at, stamp=stamp)
    return max((told, known or told), key=lambda each: (each.toggles, each.stamp))
