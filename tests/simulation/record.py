"""What happened in one history: a readable log, and what the checker needs to know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.messaging.envelope import Unsaid

ID_LENGTH = 36


@dataclass(slots=True)
class Record:
    """Written by the simulated servers, never by the kernel."""

    now: Callable[[], datetime]
    log: list[tuple[datetime, str, tuple[Any, ...]]] = field(default_factory=list)
    decisions: dict[tuple[str, str], list[Sequence[Unsaid]]] = field(default_factory=dict)
    sayings: list[Unsaid] = field(default_factory=list)

    def note(self, text: str, *values: Any) -> None:
        """Keep one line of the log; it is put into words only when somebody reads it."""
        self.log.append((self.now(), text, values))

    def decided(self, room: str, key: str, messages: Sequence[Unsaid]) -> None:
        """A commit put these into an outbox."""
        self.decisions.setdefault((room, key), []).append(messages)

    def said(self, message: Unsaid) -> None:
        """The broker took this."""
        self.sayings.append(message)

    def story(self) -> str:
        """Return the log in words, with short names for ids."""
        return "\n".join(f"{now:%H:%M:%S.%f} {text % tuple(map(_short, values))}" for now, text, values in self.log)


def _short(value: Any) -> Any:
    """Ids are told by their first eight characters."""
    return value[:8] if isinstance(value, str) and len(value) == ID_LENGTH else value
