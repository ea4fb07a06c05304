"""The database in traces: each command that is part of a step is one itself, without what it asks for or writes.

Looks of timers and outboxes are part of none and are not told. Neither are the words of errors, which quote keys.
"""

from __future__ import annotations

from typing import Any

from pymongo import monitoring

from shared.tracing import Kind, Step, Tracer

Ended = monitoring.CommandSucceededEvent | monitoring.CommandFailedEvent


def trace_commands(tracer: Tracer) -> None:
    """Tell a tracer of the commands of every client that is made from now on."""
    monitoring.register(Commands(tracer))


class Commands(monitoring.CommandListener):
    """Hears of commands. The driver calls it in the context of whoever gives them."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._under_way: dict[tuple[int, Any], Step] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Keep what it is, if it is part of a step."""
        if self._tracer.is_inside():
            self._under_way[event.request_id, event.connection_id] = _step(event)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Tell of it."""
        self._tell(event)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Tell of it, and the name of what went wrong."""
        failure: Any = event.failure
        self._tell(event, str(failure.get("codeName") or failure.get("code") or "failed"))

    def _tell(self, event: Ended, failed: str = "") -> None:
        step = self._under_way.pop((event.request_id, event.connection_id), None)
        if step:
            self._tracer.happened(step, event.duration_micros / 1e6, failed)


def _step(event: monitoring.CommandStartedEvent) -> Step:
    target = event.command.get(event.command_name)
    collection = target if isinstance(target, str) else event.command.get("collection")
    facts: dict[str, str | int | bool] = {
        "db.system.name": "mongodb",
        "db.namespace": event.database_name,
        "db.operation.name": event.command_name,
    }
    if isinstance(collection, str):
        facts["db.collection.name"] = collection
    if event.connection_id:
        host, port = event.connection_id
        facts |= {"server.address": host, "server.port": port or 0}
    return Step(name=f"{event.command_name} {collection or event.database_name}", kind=Kind.CLIENT, facts=facts)
