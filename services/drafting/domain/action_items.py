"""Action items: what is to be done, by whom, until when, and where it stands. Pure.

They live beside the text: they change after publication too, without a new revision. Each has a version of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import Postmortem, State
from services.drafting.domain.text import IMPORTED, unknown
from shared.contracts.action_items import ActionItem, ItemState
from shared.contracts.commands import AddActionItem, ChangeActionItem
from shared.contracts.decision import Decision, Kind, Refusal, Reply, refuse
from shared.contracts.events import ActionItemAdded, ActionItemChanged

MOST = 200
"""More than anybody follows up; a bound for what one document has to hold."""

ITEM_MOVES: dict[ItemState, frozenset[ItemState]] = {
    ItemState.OPEN: frozenset({ItemState.IN_PROGRESS, ItemState.DONE, ItemState.WONT_DO}),
    ItemState.IN_PROGRESS: frozenset({ItemState.OPEN, ItemState.DONE, ItemState.WONT_DO}),
    ItemState.DONE: frozenset({ItemState.OPEN, ItemState.IN_PROGRESS}),
    ItemState.WONT_DO: frozenset({ItemState.OPEN, ItemState.IN_PROGRESS}),
}
"""Where an item may go from where it stands; what has ended is taken up again before it ends otherwise."""

PLAIN = ("text", "owner", "priority", "kind", "due")
"""What a change replaces by what it names, and leaves alone otherwise."""


def add_item(
    postmortem: Postmortem | None, command: AddActionItem, item_id: str, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """Add an open item under this id, due as the policy says if nobody says otherwise; the same id is that item."""
    if postmortem is None or postmortem.state is State.COLLECTING or postmortem.is_hidden_from(command.actor.email):
        return unknown(postmortem)
    if known := _item(postmortem, item_id):
        return Decision(state=postmortem, reply=_reply(known))
    if postmortem.imported:
        return Decision(state=postmortem, reply=Reply(refusal=IMPORTED))
    if len(postmortem.action_items) >= MOST:
        text = f"A postmortem has at most {MOST} action items; join some, or follow them up in your tracker."
        return refuse(postmortem, Kind.CONFLICT, "too-many-action-items", text)
    severity = postmortem.severity or guidance.default_severity
    item = ActionItem(
        id=item_id,
        version=1,
        text=command.text,
        owner=command.owner,
        priority=command.priority,
        kind=command.kind,
        due=command.due or guidance.due(severity, postmortem.incident.resolved_at or now),
        state=ItemState.OPEN,
        tracker_url=command.tracker_url,
        created_at=now,
        created_by=command.actor.email,
        updated_at=now,
        advice=guidance.advise(command.text),
    )
    event = ActionItemAdded(postmortem_id=postmortem.id, item=item)
    added = postmortem.changed(action_items=(*postmortem.action_items, item))
    return Decision(state=added, events=(event,), reply=_reply(item))


def change_item(
    postmortem: Postmortem | None, command: ChangeActionItem, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """Change an item; a stale version is refused, a change of nothing is no change."""
    if postmortem is None or postmortem.state is State.COLLECTING or postmortem.is_hidden_from(command.actor.email):
        return unknown(postmortem)
    item = _item(postmortem, command.item_id)
    if item is None:
        return refuse(postmortem, Kind.NOT_FOUND, "unknown-action-item", "The postmortem has no such action item.")
    if refusal := _objection(item, command):
        return Decision(state=postmortem, reply=Reply(refusal=refusal))
    wanted = item.model_copy(update=_changes(item, command, now))
    if wanted == item:
        return Decision(state=postmortem, reply=_reply(item))
    advice = guidance.advise(wanted.text)
    changed = wanted.model_copy(update={"version": item.version + 1, "updated_at": now, "advice": advice})
    items = tuple(changed if each.id == item.id else each for each in postmortem.action_items)
    event = ActionItemChanged(postmortem_id=postmortem.id, item=changed)
    return Decision(state=postmortem.changed(action_items=items), events=(event,), reply=_reply(changed))


def _item(postmortem: Postmortem, item_id: str) -> ActionItem | None:
    return next((item for item in postmortem.action_items if item.id == item_id), None)


def _objection(item: ActionItem, command: ChangeActionItem) -> Refusal | None:
    """The first rule that a change breaks, or None."""
    state = command.state or item.state
    if command.base_version != item.version:
        return Refusal(
            kind=Kind.STALE,
            rule="stale-version",
            field="If-Match",
            detail=f"The item is at version {item.version}; read it and apply your change to it.",
            data={"version": item.version},
        )
    if state is not item.state and state not in ITEM_MOVES[item.state]:
        near = " or ".join(sorted(ITEM_MOVES[item.state]))
        text = f"An item that is {item.state} becomes {near} next; then it may be {state}."
        return Refusal(kind=Kind.CONFLICT, rule="no-such-move", field="state", detail=text)
    return _objection_to_reason(item, command, state)


def _objection_to_reason(item: ActionItem, command: ChangeActionItem, state: ItemState) -> Refusal | None:
    """What is declined has a reason (guide: action items), and nothing else has."""
    if state is ItemState.WONT_DO and not (command.reason or item.reason):
        text = "Say in `reason` why it will not be done."
        return Refusal(kind=Kind.INVALID, rule="reason-required", field="reason", detail=text)
    if state is not ItemState.WONT_DO and command.reason:
        text = "Only what will not be done has a `reason`; leave it out, or send the state wont_do."
        return Refusal(kind=Kind.INVALID, rule="reason-without-wont-do", field="reason", detail=text)
    return None


def _changes(item: ActionItem, command: ChangeActionItem, now: datetime) -> dict[str, Any]:
    named = {name: value for name in PLAIN if (value := getattr(command, name)) is not None}
    state = command.state or item.state
    url = item.tracker_url if command.tracker_url is None else command.tracker_url or None
    return {
        **named,
        "state": state,
        "tracker_url": url,
        "reason": (command.reason or item.reason) if state is ItemState.WONT_DO else None,
        "done_at": (item.done_at or now) if state is ItemState.DONE else None,
    }


def _reply(item: ActionItem) -> Reply:
    return Reply(data=item.model_dump(mode="json"))
