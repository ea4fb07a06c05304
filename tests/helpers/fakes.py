"""What the gateway needs from the world, in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.gateway.domain.api_keys import StoredKey, is_use_to_be_noted
from services.gateway.domain.history import Revision
from services.gateway.domain.hooks import Endpoint, Request
from services.gateway.ports import Hooks


@dataclass
class FakeHistory:
    """Revisions in memory."""

    kept: dict[tuple[str, int], Revision] = field(default_factory=dict)

    async def keep(self, revision: Revision) -> None:
        key = (revision.draft.postmortem_id, revision.number)
        self.kept[key] = min(self.kept.get(key, revision), revision, key=lambda each: each.stamp)

    async def revisions(self, id: str, before: int | None, limit: int) -> Sequence[Revision]:
        found = [r for (of, n), r in self.kept.items() if of == id and (before is None or n < before)]
        return sorted(found, key=lambda each: each.number, reverse=True)[:limit]

    async def revision(self, id: str, number: int) -> Revision | None:
        return self.kept.get((id, number))


class FakeKeys:
    """Kept API keys in a dictionary; `looked` counts how often somebody asked for one."""

    def __init__(self) -> None:
        self.keys: dict[str, StoredKey] = {}
        self.looked = 0

    async def create(self, key: StoredKey) -> bool:
        return self.keys.setdefault(key.id, key) is key

    async def find(self, id: str) -> StoredKey | None:
        self.looked += 1
        return self.keys.get(id)

    async def of(self, email: str) -> Sequence[StoredKey]:
        return [key for key in self.keys.values() if key.email == email]

    async def listed(self) -> Sequence[StoredKey]:
        return sorted(self.keys.values(), key=lambda key: (key.created_at, key.id))

    async def revoke(self, id: str, at: datetime) -> StoredKey | None:
        self._change(id, lambda key: not key.revoked_at, revoked_at=at)
        return self.keys.get(id)

    async def used(self, key: StoredKey, at: datetime) -> None:
        self._change(key.id, lambda kept: is_use_to_be_noted(kept, at), last_used_at=at)

    def _change(self, id: str, may: Callable[[StoredKey], bool], **fields: datetime) -> None:
        if id in self.keys and may(self.keys[id]):
            self.keys[id] = self.keys[id].model_copy(update=fields)


@dataclass
class FakeCaller:
    """Keeps the calls of subscribers; `answers` are statuses, or what is raised, the last one again and again."""

    answers: list[int | Exception] = field(default_factory=lambda: [204])
    called: list[tuple[str, Request]] = field(default_factory=list)

    async def call(self, endpoint: Endpoint, request: Request) -> int:
        self.called.append((endpoint.hook.name, request))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class FakeCalls:
    """Remembers calls for as long as the test runs."""

    ids: set[str] = field(default_factory=set)

    async def is_done(self, id: str) -> bool:
        return id in self.ids

    async def done(self, id: str) -> None:
        self.ids.add(id)


def no_hooks() -> Hooks:
    """Return what nobody subscribes to."""
    return Hooks(endpoints={}, caller=FakeCaller(), calls=FakeCalls())
