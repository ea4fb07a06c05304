"""A log and a chain of seals in memory, and what the log is made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from deploy.local.errors import LocalError
from deploy.operate.audit.seals import Seal
from deploy.operate.log_parts import Entry
from tests.helpers.builders import NOW, PM


def an_entry(n: int, **changed: Any) -> Entry:
    """Build an entry of the log; entries of different numbers differ."""
    headers = {"ce-id": f"m-{n}", "ce-type": "MeetingEnded.v1", "ce-source": "afterword/calendar"}
    headers |= {"ce-subject": PM, "ce-time": NOW.isoformat()}
    body = f'{{"n":{n}}}'.encode()
    return Entry(n, "afterword.events", "MeetingEnded.v1", headers, f"m-{n}", body)._replace(**changed)


class FakeLog:
    """A log whose places are those of the entries."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.content = list(entries)

    async def end(self) -> int:
        """Return a place behind everything."""
        return max((entry.place for entry in self.content), default=-1) + 1

    async def entries(self, begin: int, end: int) -> AsyncIterator[Entry]:
        """Yield what stands from one place up to another."""
        for entry in self.content:
            if begin <= entry.place < end:
                yield entry


class FakeChain:
    """Seals in a list."""

    def __init__(self) -> None:
        self.content: list[Seal] = []

    def head(self) -> Seal | None:
        """Return the last seal."""
        return self.content[-1] if self.content else None

    def seals(self) -> Iterator[Seal]:
        """Yield every seal."""
        yield from list(self.content)

    def add(self, seal: Seal) -> None:
        """Keep the next seal. Raises: LocalError when there is one of its number."""
        if any(each.number == seal.number for each in self.content):
            msg = f"somebody else has just made seal {seal.number}"
            raise LocalError(msg)
        self.content.append(seal)

    def close_before(self, number: int) -> None:
        """Take salt and leaves away from all seals before this one."""
        gone = {"salt": b"", "leaves": b""}
        self.content = [each.model_copy(update=gone) if each.number < number else each for each in self.content]
