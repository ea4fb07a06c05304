"""Sessions of browsers in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.gateway.domain.sessions import Session


@dataclass
class FakeSessions:
    """Keeps sessions as the store does."""

    kept: dict[str, Session] = field(default_factory=dict)

    async def find(self, digest: str) -> Session | None:
        return self.kept.get(digest)

    async def keep(self, session: Session) -> None:
        self.kept[session.digest] = session

    async def end(self, digest: str) -> None:
        self.kept.pop(digest, None)
