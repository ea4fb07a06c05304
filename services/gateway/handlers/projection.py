"""What the gateway hears: every fact goes into the library, and to those who subscribe to it: load, decide, commit."""

from __future__ import annotations

from typing import Any

from services.gateway.domain import hooks
from services.gateway.domain.history import revision_of
from services.gateway.domain.view import Stamp, project
from services.gateway.handlers.calling import do_call_webhook
from services.gateway.ports import Deps
from shared.contracts.decision import Decision, Reply
from shared.contracts.events import DraftCreated, DraftRevised
from shared.messaging.envelope import Received
from shared.messaging.inbox import Handlers
from shared.messaging.topology import HEARS


async def on_fact(event: Received[Any], deps: Deps) -> Reply | None:
    """Put one more fact into the view, and let its subscribers be told; both in one write."""
    view = await deps.views.load(event)
    stamp = _stamp(event, deps)
    subscribers = [endpoint.hook for endpoint in deps.hooks.endpoints.values()]
    decision = Decision(
        state=project(view.state, event.data, stamp),
        events=hooks.calls(event.data, event.id, stamp[0], subscribers, deps.clock.now()),
    )
    return await deps.views.commit(view, decision, event)


async def on_revision(event: Received[Any], deps: Deps) -> Reply | None:
    """Keep the revision, then put it into the view; kept twice it is the same."""
    await deps.history.keep(revision_of(event.data, _stamp(event, deps)))
    return await on_fact(event, deps)


def _stamp(event: Received[Any], deps: Deps) -> Stamp:
    return event.time or deps.clock.now(), event.id


REVISIONS = (DraftCreated.name, DraftRevised.name)
HANDLERS: Handlers[Deps] = {
    **dict.fromkeys(HEARS["gateway"], on_fact),
    **dict.fromkeys(REVISIONS, on_revision),
    "gateway.CallWebhook.v1": do_call_webhook,
}
