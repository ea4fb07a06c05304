"""Telling a subscriber: load, look whether it was told, call, remember.

A crash between the call and remembering it calls again, under the same id.
"""

from __future__ import annotations

import structlog
from prometheus_client import Counter

from services.gateway.domain import hooks
from services.gateway.domain.hooks import Endpoint, Outcome, Request
from services.gateway.ports import Barred, Deps, Unreachable
from shared.contracts.commands import CallWebhook
from shared.contracts.decision import Reply
from shared.messaging.documents import NotYet
from shared.messaging.envelope import Received
from shared.messaging.retry import Permanent, Transient

log = structlog.get_logger(__name__)
CALLED = Counter("afterword_webhook_calls", "calls of subscribers, by what became of them", ["hook", "outcome"])


async def do_call_webhook(command: Received[CallWebhook], deps: Deps) -> Reply | None:
    """Tell one subscriber of one fact. Raises: Transient when it comes again, Permanent when it is to be parked."""
    call = command.data
    endpoint = deps.hooks.endpoints.get(call.hook)
    if endpoint is None:
        log.warning("nobody is called: this webhook is not configured any more", hook=call.hook, event_name=call.event)
        _counted(call.hook, Outcome.UNCONFIGURED)
    elif await deps.hooks.calls.is_done(call.webhook_id):
        _counted(call.hook, Outcome.REPEATED)
    else:
        await _tell(call, endpoint, deps)
    return None


async def _tell(call: CallWebhook, endpoint: Endpoint, deps: Deps) -> None:
    view = await deps.view(call.postmortem_id)
    if view is None or view.draft is None:
        raise NotYet("the draft of what is to be told")
    data = hooks.told(call, view, endpoint.hook, deps.public_url)
    if data is None:
        _counted(call.hook, Outcome.FILTERED)
        return
    request = hooks.request(call, data, endpoint, deps.clock.now())
    await _settle(call, await _status(endpoint, request, deps), deps)


async def _status(endpoint: Endpoint, request: Request, deps: Deps) -> int:
    try:
        return await deps.hooks.caller.call(endpoint, request)
    except Unreachable as error:
        _counted(endpoint.hook.name, Outcome.LATER)
        raise Transient(str(error)) from error
    except Barred as error:
        _counted(endpoint.hook.name, Outcome.BARRED)
        raise Permanent(str(error)) from error


async def _settle(call: CallWebhook, status: int, deps: Deps) -> None:
    """Remember a call that is done with, whatever the answer was; say what is to become of any other."""
    outcome = hooks.outcome(status)
    _counted(call.hook, outcome)
    if outcome is Outcome.LATER:
        raise Transient(f"{call.hook} answered {status}")
    if outcome is Outcome.REFUSED:
        raise Permanent(f"{call.hook} answered {status}; put it right there, then redrive")
    if outcome is Outcome.GONE:
        log.warning("this webhook is gone for good (410): take its entry out of the policy", hook=call.hook)
    await deps.hooks.calls.done(call.webhook_id)


def _counted(hook: str, outcome: Outcome) -> None:
    CALLED.labels(hook, outcome.value).inc()
