"""What the gateway hears: every fact goes into the library, load, decide, commit."""

from __future__ import annotations

from typing import Any

from services.gateway.domain.view import project
from services.gateway.ports import Deps
from shared.contracts.decision import Decision, Reply
from shared.messaging.envelope import Received
from shared.messaging.inbox import Handlers
from shared.messaging.topology import HEARS


async def on_fact(event: Received[Any], deps: Deps) -> Reply | None:
    """Put one more fact into the view."""
    view = await deps.views.load(event)
    said_at = event.time or deps.clock.now()
    decision = Decision(state=project(view.state, event.data, (said_at, event.id)))
    return await deps.views.commit(view, decision, event)


HANDLERS: Handlers[Deps] = dict.fromkeys(HEARS["gateway"], on_fact)
