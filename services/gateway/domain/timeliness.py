"""How a postmortem stands to its deadline, when somebody looks. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from services.gateway.domain.view import View
from shared.contracts.events import Snapshot

Timeliness = Literal["on_time", "due_soon", "late", "done"]
SOON = timedelta(hours=24)


def timeliness(view: View, draft: Snapshot, now: datetime) -> Timeliness | None:
    """Return how it stands; None for what is skipped or merged.

    What is published is done, also while it is corrected, or when it was published before it was imported.
    """
    if view.publication or view.imported:
        return "done"
    if draft.skipped or view.is_merged():
        return None
    if now > draft.deadline:
        return "late"
    return "due_soon" if now >= draft.deadline - SOON else "on_time"
