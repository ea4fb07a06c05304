"""Who wants no more mail of a list: a mark a person and list, which outlives their membership. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.commands import Role
from shared.contracts.decision import Decision, Kind, Reply, refuse
from shared.contracts.lists import ChangeSubscription, ShowSubscription


class Subscription(BaseModel):
    """One person and one list, known only by their common id; `since` is when this was last changed."""

    model_config = ConfigDict(frozen=True)

    unsubscribed: bool
    since: datetime


def unsubscribe(subscription: Subscription | None, now: datetime) -> Decision[Subscription]:
    """Send no more mail; who has unsubscribed already stays as they are."""
    return _set(subscription, unsubscribed=True, now=now)


def change_subscription(
    subscription: Subscription | None, command: ChangeSubscription, now: datetime
) -> Decision[Subscription | None]:
    """Send mail again, or no more; people for themselves, an admin for anybody."""
    if not _may(command):
        return _refused(subscription)
    if subscription is None and command.subscribed:
        return Decision(state=None, reply=_shown(None))
    decision = _set(subscription, unsubscribed=not command.subscribed, now=now)
    return Decision(state=decision.state, reply=_shown(decision.state))


def show_subscription(subscription: Subscription | None, command: ShowSubscription) -> Decision[Subscription | None]:
    """Tell how it stands; to the person, or to an admin."""
    return Decision(state=subscription, reply=_shown(subscription)) if _may(command) else _refused(subscription)


def _set(subscription: Subscription | None, *, unsubscribed: bool, now: datetime) -> Decision[Subscription]:
    if subscription and subscription.unsubscribed is unsubscribed:
        return Decision(state=subscription)
    return Decision(state=Subscription(unsubscribed=unsubscribed, since=now))


def _may(command: ChangeSubscription | ShowSubscription) -> bool:
    return command.actor.role is Role.ADMIN or command.actor.email == command.email


def _refused(subscription: Subscription | None) -> Decision[Subscription | None]:
    text = "You may see and change your own subscriptions; an admin may anybody's."
    return refuse(subscription, Kind.FORBIDDEN, "own-subscription-or-admin", text)


def _shown(subscription: Subscription | None) -> Reply:
    if subscription is None or not subscription.unsubscribed:
        return Reply(data={"unsubscribed": False, "since": None})
    return Reply(data={"unsubscribed": True, "since": subscription.since.isoformat()})
