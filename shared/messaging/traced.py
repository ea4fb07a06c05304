"""Messages in traces: hearing and saying are steps, and what is heard goes on with the hearer's place in the trace.

That place stands in the outbox beside what is still to be said, so that whoever says it after a crash goes on with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import structlog

from shared.contracts import MESSAGES, BaseMessage, Message
from shared.messaging import topology
from shared.messaging.envelope import Received, Unsaid
from shared.tracing import Facts, Kind, Span, Step, Tracer, tracer


@dataclass(frozen=True, slots=True)
class AtHand:
    """A message as its handler gets it, and the span of its handling if there is one."""

    received: Received[Any]
    span: Span | None = None

    def failed(self, error: Exception) -> None:
        """Tell that it was not handled this time."""
        if self.span:
            self.span.failed(type(error).__name__)


def handling(received: Received[Any], queue: str) -> AbstractContextManager[AtHand]:
    """Handle a message that came to a queue."""
    if (told := tracer()) is None:
        return nullcontext(AtHand(received))
    return _handling(told, received, queue)


def saying(message: Unsaid) -> AbstractContextManager[Unsaid]:
    """Say a message; in the block it is as it is to go over the wire."""
    if (told := tracer()) is None:
        return nullcontext(message)
    return _saying(told, message)


@contextmanager
def _handling(told: Tracer, received: Received[Any], queue: str) -> Iterator[AtHand]:
    step = Step(
        name=f"process {queue}",
        kind=Kind.CONSUMER,
        about=received.subject if isinstance(received.data, Message) else None,
        cause=received.traceparent,
        facts=_facts("process", received.name, received.id, received.correlation_id, f":{queue}"),
    )
    with told.within(step) as span, structlog.contextvars.bound_contextvars(trace_id=_trace_id(span)):
        yield AtHand(replace(received, traceparent=span.traceparent), span)


@contextmanager
def _saying(told: Tracer, message: Unsaid) -> Iterator[Unsaid]:
    step = Step(
        name=f"send {message.name}",
        kind=Kind.PRODUCER,
        about=message.subject if issubclass(MESSAGES.get(message.name, BaseMessage), Message) else None,
        cause=message.traceparent,
        facts=_facts("send", message.name, message.id, message.correlation_id),
    )
    with told.within(step) as span:
        yield replace(message, traceparent=span.traceparent)


def _facts(operation: str, name: str, id: str, correlation_id: str, queue: str = "") -> Facts:
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.type": operation,
        "messaging.operation.name": operation,
        "messaging.destination.name": f"{topology.exchange_of(name)}:{name}{queue}",
        "messaging.rabbitmq.destination.routing_key": name,
        "messaging.message.id": id,
        "messaging.message.conversation_id": correlation_id,
    }


def _trace_id(span: Span) -> str:
    return (span.traceparent or "").split("-")[1]
