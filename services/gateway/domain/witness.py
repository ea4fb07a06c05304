"""What is put into one postmortem while somebody waits for what they caused in it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from services.gateway.domain.view import View


@dataclass
class Witness:
    """Sees the facts that this process puts into a view, from before they are caused; others may put in more."""

    ids: set[str] = field(default_factory=set)
    version: int = -1
    view: View | None = None

    def see(self, id: str, version: int, view: View) -> None:
        """Take in a fact, and the view that was made durable with it at this version."""
        self.ids.add(id)
        if version > self.version:
            self.version, self.view = version, view

    def after(self, ids: Collection[str]) -> View | None:
        """Return the view as it was made durable meanwhile with all of these facts in it; None without them."""
        return self.view if ids and self.ids.issuperset(ids) else None
