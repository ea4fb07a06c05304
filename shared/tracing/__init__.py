"""Traces: what a room tells of the steps that it takes for somebody. Nothing until `use` was called.

All that is done about one postmortem is one trace, whoever asked for it and however long it takes
(docs/decisions/0050). Code that is traced asks for the `tracer()` and does without when there is none: then nothing of
OpenTelemetry is imported, and what is left is a look at a variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

Facts = Mapping[str, str | int | bool]
"""Attributes by the names of OpenTelemetry's semantic conventions: no address of a person, no text of a report."""


class Kind(Enum):
    """Which side of a step we are: asked, hearing, saying, asking."""

    SERVER = "server"
    CONSUMER = "consumer"
    PRODUCER = "producer"
    CLIENT = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that is done. `about`: a postmortem, if it is about one; `cause`: the W3C traceparent of its cause."""

    name: str
    kind: Kind
    about: str | None = None
    cause: str | None = None
    facts: Facts = field(default_factory=dict)


class Span(Protocol):
    """A step on its way."""

    @property
    def traceparent(self) -> str | None:
        """What goes with whatever this step causes."""

    def add(self, facts: Facts) -> None:
        """Tell more of it."""

    def failed(self, why: str) -> None:
        """Tell that it failed; `why` is of few words that there are: the name of an error, a status."""


class Asked(Span, Protocol):
    """A request. One that waits is not placed in any trace before a step about a postmortem is taken for it."""

    def name(self, name: str) -> None:
        """Call it otherwise, once its route is known."""


class Tracer(Protocol):
    """Hands spans to whoever collects them."""

    def within(self, step: Step) -> AbstractContextManager[Span]:
        """Take a step; an error that leaves the block fails it. What is done inside is part of it."""

    def inside(self, step: Step) -> AbstractContextManager[Span | None]:
        """Take a step that is told only as a part of another: looks that nobody asked for are no traces."""

    def is_inside(self) -> bool:
        """Say whether a step is on its way here that is told."""

    def happened(self, step: Step, seconds: float, failed: str = "") -> None:
        """Tell of a step that ends now and took so long, and of why it failed if it did."""

    def request(self, step: Step, *, waits: bool) -> AbstractContextManager[Asked]:
        """Answer a request; see `Asked`."""


_used: list[Tracer] = []


def use(tracer: Tracer | None) -> None:
    """Trace from now on, or no more."""
    _used[:] = [tracer] if tracer else []


def tracer() -> Tracer | None:
    """Return who traces in this process; None when nobody does."""
    return _used[0] if _used else None
