"""Mails in traces: one step a mail, without its recipient, its list and the words of the relay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter

from services.distribution.domain import Delivery, Outcome, Result
from shared.tracing import Kind, Step, tracer

Sent = Iterable[tuple[Delivery, Result]]


class Handing:
    """Mails that are handed over together; `sent` is what became of each."""

    sent: Sent = ()


@contextmanager
def handing_over() -> Iterator[Handing]:
    """Hand over some mails; each of them is told to have taken as long as all of them."""
    handing, began = Handing(), perf_counter()
    yield handing
    if traced := tracer():
        for delivery, result in handing.sent:
            failed = "" if result.outcome is Outcome.ACCEPTED else result.outcome.value
            traced.happened(_step(delivery, result), perf_counter() - began, failed)


def _step(delivery: Delivery, result: Result) -> Step:
    return Step(
        name="send mail",
        kind=Kind.CLIENT,
        about=delivery.postmortem_id or None,
        facts={
            "network.protocol.name": "smtp",
            "afterword.delivery.id": delivery.id,
            "afterword.delivery.outcome": result.outcome.value,
            "afterword.delivery.attempt": delivery.attempts + 1,
        },
    )
