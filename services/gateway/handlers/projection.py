"""What the gateway hears: every fact goes into what people read, load, decide, commit; who watches is told then."""

from __future__ import annotations

from typing import Any

from services.gateway.domain import hooks
from services.gateway.domain.directory import hear_list, hear_reviewer
from services.gateway.domain.history import revision_of
from services.gateway.domain.view import Stamp, View, project
from services.gateway.domain.watching import is_news, noted
from services.gateway.handlers.calling import do_call_webhook
from services.gateway.ports import Deps
from shared.contracts import EVENTS, Message
from shared.contracts.coaching import RevisionChecked
from shared.contracts.community import ReviewerChanged
from shared.contracts.decision import Decision, Reply
from shared.contracts.events import DraftCreated, DraftRevised
from shared.contracts.importing import PostmortemImported
from shared.contracts.lists import ListChanged
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped
from shared.contracts.withdrawing import CorrectionWithdrawn
from shared.messaging.documents import AlreadyHandled, NotYet
from shared.messaging.envelope import Received
from shared.messaging.inbox import Handlers
from shared.messaging.topology import HEARS


async def on_fact(event: Received[Any], deps: Deps) -> Reply | None:
    """Put one more fact into the view, and let its subscribers be told, both in one write; then into the feed.

    The feed comes last, so that whoever is told finds the fact in the library. Who wrote the view may have died
    before; then the message comes again, and the item is put in, or found. Raises: NotYet.
    """
    try:
        view = await deps.views.expect(event)
    except AlreadyHandled:
        await _tell(event, await deps.view(event.subject), deps)
        raise
    stamp = _stamp(event, deps)
    subscribers = [endpoint.hook for endpoint in deps.hooks.endpoints.values()]
    decision = Decision(
        state=project(view.state, event.data, stamp),
        events=hooks.calls(event.data, event.id, stamp[0], subscribers, deps.clock.now()),
    )
    reply = await deps.views.commit(view, decision, event)
    await _tell(event, decision.state, deps)
    return reply


async def _tell(event: Received[Any], view: View | None, deps: Deps) -> None:
    """Put a fact into the feed. Raises: NotYet while its postmortem has no draft, since nobody may know of it then."""
    stamp = _stamp(event, deps)
    if view is None or not is_news(stamp[0], deps.clock.now()):
        return
    item = noted(view, event.name, stamp)
    if item is None:
        msg = f"{event.name} came before the draft of {event.subject}"
        raise NotYet(msg)
    await deps.feed.append(item)


async def on_revision(event: Received[Any], deps: Deps) -> Reply | None:
    """Keep the revision, then put it into the view; kept twice it is the same."""
    await deps.history.keep(revision_of(event.data, _stamp(event, deps)))
    return await on_fact(event, deps)


async def on_checked(event: Received[RevisionChecked], deps: Deps) -> Reply | None:
    """Put the remarks on a revision into the view. Nobody who watches is told: they are for who writes."""
    view = await deps.views.expect(event)
    return await deps.views.commit(view, Decision(state=project(view.state, event.data, _stamp(event, deps))), event)


async def on_reviewer(event: Received[ReviewerChanged], deps: Deps) -> Reply | None:
    """Keep the newest that is known of a member."""
    known = await deps.memberships.load(event)
    return await deps.memberships.commit(known, Decision(state=hear_reviewer(known.state, event.data)), event)


async def on_list(event: Received[ListChanged], deps: Deps) -> Reply | None:
    """Keep the newest that is known of a list."""
    known = await deps.list_views.load(event)
    return await deps.list_views.commit(known, Decision(state=hear_list(known.state, event.data)), event)


def _stamp(event: Received[Any], deps: Deps) -> Stamp:
    return event.time or deps.clock.now(), event.id


FACTS = tuple(name for name in HEARS["gateway"] if issubclass(EVENTS[name], Message))
"""What is said of postmortems: it goes into the library, and those who watch are told, but of remarks."""
REVISIONS = (
    *(DraftCreated.name, DraftRevised.name),
    *(PostmortemSkipped.name, PostmortemRequired.name, CorrectionWithdrawn.name, PostmortemImported.name),
)
HANDLERS: Handlers[Deps] = {
    **dict.fromkeys(FACTS, on_fact),
    **dict.fromkeys(REVISIONS, on_revision),
    RevisionChecked.name: on_checked,
    ReviewerChanged.name: on_reviewer,
    ListChanged.name: on_list,
    "gateway.CallWebhook.v1": do_call_webhook,
}
