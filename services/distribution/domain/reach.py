"""Whom a list reaches in the end, counted; and whether one person is among them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from services.distribution.domain.mailing_list import MailingList
from services.distribution.domain.nesting import named_by
from services.distribution.domain.subscription import Subscriber
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.lists import subscription_id


def show_reach(
    name: str,
    lists: Iterable[MailingList],
    subscribers: Iterable[Subscriber],
    unsubscribed: Collection[str],
    email: str,
) -> Reply:
    """Tell how many people a list names, by which ways, who has left, and how it stands with one person."""
    known, put = {each.name: each for each in lists}, tuple(subscribers)
    mailing_list = known.get(name)
    if mailing_list is None:
        text = "There is no list of this name."
        return Reply(refusal=Refusal(kind=Kind.NOT_FOUND, rule="unknown-list", detail=text))
    whole = named_by(known.values(), [name], put)
    people = named_by(known.values(), [name], put, unsubscribed)
    inner = dict.fromkeys(mailing_list.includes)
    own = {each.email for each in put if each.list == name}
    return Reply(
        data={
            "recipients": len(people[name]),
            "members": len(mailing_list.members),
            "subscribers": len(own),
            "unsubscribed": len(whole[name]) - len(people[name]),
            "includes": [{"name": each, "recipients": len(people[each])} for each in inner if each in known],
            "missing": [each for each in inner if each not in known],
            "you": _standing(name, email, people[name], own, unsubscribed),
        }
    )


def _standing(
    name: str, email: str, people: Collection[str], own: Collection[str], unsubscribed: Collection[str]
) -> dict[str, Any]:
    return {
        "receives": email in people,
        "subscribed": email in own,
        "unsubscribed": subscription_id(name, email) in unsubscribed,
    }
