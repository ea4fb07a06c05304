"""Who wants no more mail of a list, and who has put themselves on one: a mark a person and list. Pure.

It outlives their membership and every change of the list.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Email, Token
from shared.contracts.commands import Role
from shared.contracts.decision import Decision, Kind, Refusal, Reply, refuse
from shared.contracts.lists import ChangeSubscription, ShowSubscription
from shared.contracts.subscribing import ChangeOptIn


class Subscriber(BaseModel):
    """Somebody who has put themselves on a list."""

    model_config = ConfigDict(frozen=True)

    list: Token
    email: Email


class Subscription(BaseModel):
    """One person and one list, known only by their common id; `since` is when this was last changed.

    Of whoever has put themselves on the list both are known, for as long as they stay.
    """

    model_config = ConfigDict(frozen=True)

    unsubscribed: bool
    since: datetime
    subscriber: Subscriber | None = None


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


def change_opt_in(
    subscription: Subscription | None, command: ChangeOptIn, is_open: bool | None, now: datetime
) -> Decision[Subscription | None]:
    """Put somebody on a list, who gets its mail again then, or take that back; `is_open` is None without such a list.

    People put themselves on open lists, an admin anybody on any.
    """
    if not _may(command):
        return _refused(subscription)
    if not command.opted_in:
        return _taken_back(subscription, now)
    if refusal := _not_open(command, is_open):
        return Decision(state=subscription, reply=Reply(refusal=refusal))
    if subscription and subscription.subscriber:
        return Decision(state=subscription, reply=_shown(subscription))
    subscriber = Subscriber(list=command.list_name, email=command.email)
    state = Subscription(unsubscribed=False, since=now, subscriber=subscriber)
    return Decision(state=state, reply=_shown(state))


def show_subscription(subscription: Subscription | None, command: ShowSubscription) -> Decision[Subscription | None]:
    """Tell how it stands; to the person, or to an admin."""
    return Decision(state=subscription, reply=_shown(subscription)) if _may(command) else _refused(subscription)


def _set(subscription: Subscription | None, *, unsubscribed: bool, now: datetime) -> Decision[Subscription]:
    if subscription and subscription.unsubscribed is unsubscribed:
        return Decision(state=subscription)
    return Decision(state=Subscription(unsubscribed=unsubscribed, since=now))


def _taken_back(subscription: Subscription | None, now: datetime) -> Decision[Subscription | None]:
    """Forget that somebody put themselves on a list; who has unsubscribed stays so."""
    if subscription is None or subscription.subscriber is None:
        return Decision(state=subscription, reply=_shown(subscription))
    state = Subscription(unsubscribed=False, since=now)
    return Decision(state=state, reply=_shown(state))


def _not_open(command: ChangeOptIn, is_open: bool | None) -> Refusal | None:
    if is_open is None:
        return Refusal(kind=Kind.NOT_FOUND, rule="unknown-list", detail="There is no list of this name.")
    if is_open or command.actor.role is Role.ADMIN:
        return None
    text = f"The list {command.list_name!r} is closed; ask an admin to put you on it."
    return Refusal(kind=Kind.FORBIDDEN, rule="closed-list", detail=text)


def _may(command: ChangeSubscription | ChangeOptIn | ShowSubscription) -> bool:
    return command.actor.role is Role.ADMIN or command.actor.email == command.email


def _refused(subscription: Subscription | None) -> Decision[Subscription | None]:
    text = "You may see and change your own subscriptions; an admin may anybody's."
    return refuse(subscription, Kind.FORBIDDEN, "own-subscription-or-admin", text)


def _shown(subscription: Subscription | None) -> Reply:
    """Tell both: whether they unsubscribed and since when, and whether they put themselves on it and since when."""
    is_out = subscription is not None and subscription.unsubscribed
    is_in = subscription is not None and subscription.subscriber is not None
    since = subscription.since.isoformat() if subscription else None
    return Reply(
        data={
            "unsubscribed": is_out,
            "since": since if is_out else None,
            "subscribed": is_in,
            "subscribed_since": since if is_in else None,
        }
    )
