"""Who wants mail of a list: load, decide, commit what is new."""

from __future__ import annotations

from typing import Any

from services.distribution import domain
from services.distribution.domain import Subscription
from services.distribution.ports import Deps
from shared.contracts.decision import Decision, Reply
from shared.contracts.lists import ChangeSubscription, ShowSubscription, Unsubscribe
from shared.contracts.subscribing import ChangeOptIn
from shared.messaging.documents import Loaded
from shared.messaging.envelope import Received


async def do_unsubscribe(command: Received[Unsubscribe], deps: Deps) -> Reply | None:
    """Send no more mail of a list to whoever holds this link."""
    subscription = await deps.subscriptions.load(command)
    decision = domain.unsubscribe(subscription.state, deps.clock.now())
    return await _settle(subscription, decision, command, deps)


async def do_change_subscription(command: Received[ChangeSubscription], deps: Deps) -> Reply | None:
    """Send mail again, or no more."""
    subscription = await deps.subscriptions.load(command)
    decision = domain.change_subscription(subscription.state, command.data, deps.clock.now())
    return await _settle(subscription, decision, command, deps)


async def do_change_opt_in(command: Received[ChangeOptIn], deps: Deps) -> Reply | None:
    """Put somebody on a list, or take that back."""
    subscription = await deps.subscriptions.load(command)
    is_open = await deps.known_lists.is_open(command.data.list_name)
    decision = domain.change_opt_in(subscription.state, command.data, is_open, deps.clock.now())
    return await _settle(subscription, decision, command, deps)


async def do_show_subscription(command: Received[ShowSubscription], deps: Deps) -> Reply | None:
    """Tell whether somebody has unsubscribed; changes nothing."""
    subscription = await deps.subscriptions.load(command)
    return domain.show_subscription(subscription.state, command.data).reply


async def _settle(
    subscription: Loaded[Subscription],
    decision: Decision[Subscription] | Decision[Subscription | None],
    command: Received[Any],
    deps: Deps,
) -> Reply | None:
    """Commit what is new; a link may be clicked for ever, and leaves one trace."""
    if decision.state is subscription.state:
        return decision.reply
    return await deps.subscriptions.commit(subscription, decision, command)
