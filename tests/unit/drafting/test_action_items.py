"""Action items: added, changed along their table, each at its own version, before and after publication."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import ITEM_MOVES, Postmortem, State
from services.drafting.domain.action_items import MOST
from services.drafting.handlers import HANDLERS
from services.drafting.ports import Deps
from shared.contracts.action_items import ActionItem, ItemState
from shared.contracts.base import Severity, derived_id
from shared.contracts.commands import AddActionItem, ChangeActionItem
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind
from shared.contracts.events import ActionItemAdded, ActionItemChanged
from shared.messaging.documents import AlreadyHandled
from shared.testing import FixedClock, in_memory, received
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.drafting.test_domain import GUIDANCE, at, drafted, told

ID = derived_id("an item")
LATER = NOW + timedelta(days=3)
OWNER = {"name": "Ada Moreno", "email": "ada@example.com"}


def adding(**fields: Any) -> AddActionItem:
    given = {"postmortem_id": PM, "actor": an_actor("chen@example.com"), "text": "Set the pool's size", "owner": OWNER}
    return AddActionItem.model_validate(given | fields)


def changing(base: int = 1, **fields: Any) -> ChangeActionItem:
    given = {"postmortem_id": PM, "actor": an_actor(), "item_id": ID, "base_version": base}
    return ChangeActionItem.model_validate(given | fields)


def with_item(postmortem: Postmortem | None = None, **fields: Any) -> Postmortem:
    state = domain.add_item(postmortem or drafted(), adding(**fields), ID, GUIDANCE, NOW).state
    assert state
    return state


def in_state(state: ItemState) -> Postmortem:
    postmortem = with_item()
    (item,) = postmortem.action_items
    reason = "Not worth it." if state is ItemState.WONT_DO else None
    done_at = NOW if state is ItemState.DONE else None
    return postmortem.changed(
        action_items=(item.model_copy(update={"state": state, "reason": reason, "done_at": done_at}),)
    )


def only(decision: Decision[Postmortem | None]) -> ActionItem:
    assert decision.state
    (item,) = decision.state.action_items
    return item


def rule(decision: Decision[Any]) -> tuple[Kind, str, str | None] | None:
    refusal = decision.reply.refusal if decision.reply else None
    return (refusal.kind, refusal.rule, refusal.field) if refusal else None


def test_a_new_item_is_open_and_its_room_tells_the_whole_of_it() -> None:
    decision = domain.add_item(drafted(), adding(priority="p0", kind="detect"), ID, GUIDANCE, NOW)
    item = only(decision)
    assert (item.id, item.version, item.state, item.priority, item.kind) == (ID, 1, "open", "p0", "detect")
    assert (item.created_by, item.created_at, item.updated_at, item.done_at) == ("chen@example.com", NOW, NOW, None)
    assert decision.events == (ActionItemAdded(postmortem_id=PM, item=item),)
    assert decision.reply
    assert ActionItem.model_validate(decision.reply.data) == item


@pytest.mark.parametrize(("severity", "days"), [(Severity.SEV1, 15), (Severity.SEV2, 30), (Severity.SEV4, 30)])
def test_without_a_due_date_it_is_the_policy_s_so_many_days_after_the_incident_s_end(
    severity: Severity, days: int
) -> None:
    item = only(domain.add_item(drafted().changed(severity=severity), adding(), ID, GUIDANCE, NOW))
    ended = drafted().incident.resolved_at
    assert ended
    berlin = GUIDANCE.zone
    assert item.due.astimezone(berlin).date() == ended.astimezone(berlin).date() + timedelta(days=days)
    assert only(domain.add_item(drafted(), adding(due=LATER), ID, GUIDANCE, NOW)).due == LATER


def test_the_same_id_is_the_same_item() -> None:
    again = domain.add_item(with_item(), adding(text="Other words"), ID, GUIDANCE, LATER)
    assert (only(again), again.events) == (only(Decision(state=with_item())), ())


@pytest.mark.parametrize("state", [state for state in State if state is not State.COLLECTING])
def test_items_are_added_and_changed_in_whatever_state_the_text_is_and_leave_it_alone(state: State) -> None:
    added = domain.add_item(at(state), adding(), ID, GUIDANCE, NOW)
    assert added.state
    changed = domain.change_item(added.state, changing(text="Better words"), GUIDANCE, LATER)
    assert changed.state
    assert (changed.state.state, changed.state.revision) == (state, at(state).revision)
    assert changed.state.content_hash() == at(state).content_hash()
    (event,) = changed.events
    assert isinstance(event, ActionItemChanged)
    assert (event.item.text, event.item.version, event.item.updated_at) == ("Better words", 2, LATER)


@pytest.mark.parametrize("postmortem", [None, told().state])
def test_what_has_no_draft_has_no_action_items(postmortem: Postmortem | None) -> None:
    unknown = (Kind.NOT_FOUND, "unknown-postmortem", None)
    assert rule(domain.add_item(postmortem, adding(), ID, GUIDANCE, NOW)) == unknown
    assert rule(domain.change_item(postmortem, changing(text="x"), GUIDANCE, NOW)) == unknown


def test_there_are_at_most_two_hundred() -> None:
    full = drafted()
    for n in range(MOST):
        full = domain.add_item(full, adding(), derived_id("item", str(n)), GUIDANCE, NOW).state or full
    decision = domain.add_item(full, adding(), ID, GUIDANCE, NOW)
    assert rule(decision) == (Kind.CONFLICT, "too-many-action-items", None)
    assert decision.state == full


@pytest.mark.parametrize("target", ItemState)
@pytest.mark.parametrize("state", ItemState)
def test_every_pair_of_states_moves_as_the_table_says_or_is_refused_with_its_rule(
    state: ItemState, target: ItemState
) -> None:
    reason: dict[str, Any] = {"reason": "Switched off in April."} if target is ItemState.WONT_DO else {}
    decision = domain.change_item(in_state(state), changing(state=target, **reason), GUIDANCE, LATER)
    if target is not state and target not in ITEM_MOVES[state]:
        assert rule(decision) == (Kind.CONFLICT, "no-such-move", "state")
        assert (decision.state, decision.events) == (in_state(state), ())
        return
    item = only(decision)
    assert (rule(decision), item.state) == (None, target)
    assert bool(item.reason) is (target is ItemState.WONT_DO)
    assert bool(item.done_at) is (target is ItemState.DONE)


def test_the_table_names_every_state() -> None:
    assert set(ITEM_MOVES) == set(ItemState)


def test_what_will_not_be_done_needs_a_reason_and_nothing_else_has_one() -> None:
    declined = (Kind.INVALID, "reason-required", "reason")
    assert rule(domain.change_item(with_item(), changing(state="wont_do"), GUIDANCE, NOW)) == declined
    needless = (Kind.INVALID, "reason-without-wont-do", "reason")
    assert rule(domain.change_item(with_item(), changing(reason="Because."), GUIDANCE, NOW)) == needless
    kept = domain.change_item(in_state(ItemState.WONT_DO), changing(text="Other words"), GUIDANCE, NOW)
    assert only(kept).reason == "Not worth it."


def test_a_stale_version_is_refused_with_the_current_one_and_an_unknown_item_is_not_found() -> None:
    decision = domain.change_item(with_item(), changing(base=2, text="x"), GUIDANCE, NOW)
    assert rule(decision) == (Kind.STALE, "stale-version", "If-Match")
    assert decision.reply
    assert decision.reply.refusal
    assert decision.reply.refusal.data == {"version": 1}
    unknown = (Kind.NOT_FOUND, "unknown-action-item", None)
    assert rule(domain.change_item(drafted(), changing(text="x"), GUIDANCE, NOW)) == unknown


def test_what_is_not_named_stays_and_a_change_of_nothing_is_none() -> None:
    before = with_item(tracker_url="https://tracker.example.com/1")
    same = domain.change_item(before, changing(text="Set the pool's size"), GUIDANCE, LATER)
    assert (same.state, same.events) == (before, ())
    emptied = only(domain.change_item(before, changing(tracker_url=""), GUIDANCE, LATER))
    assert (emptied.tracker_url, emptied.text, emptied.version) == (None, "Set the pool's size", 2)


async def test_one_command_heard_twice_is_one_item_and_another_is_another() -> None:
    clock = FixedClock(NOW)
    repository, documents, bus = in_memory("drafting", clock)
    documents.states[PM], documents.versions[PM] = drafted(), 1
    deps = Deps(postmortems=repository, guidance=GUIDANCE, clock=clock)
    command = received(adding(), "command-1")
    first = await HANDLERS[command.name](command, deps)
    with pytest.raises(AlreadyHandled) as repeat:
        await HANDLERS[command.name](command, deps)
    assert first
    assert repeat.value.reply == first
    await HANDLERS[command.name](received(adding(), "command-2"), deps)
    change = received(changing(item_id=first.data["id"], state="done"), "command-3")
    assert await HANDLERS[change.name](change, deps)
    assert [item.state for item in documents.states[PM].action_items] == ["done", "open"]
    assert bus.names() == ["ActionItemAdded.v1", "ActionItemAdded.v1", "ActionItemChanged.v1"]


def test_items_of_what_is_restricted_are_followed_by_those_who_may_see_it_and_unknown_to_others() -> None:
    closed = with_item().changed(restricted=True, readers=("named@example.com",), access=1)
    stranger, named = an_actor("stranger@example.com"), an_actor("named@example.com")
    for actor, refusal in ((stranger, UNKNOWN_POSTMORTEM), (named, None)):
        added = domain.add_item(closed, adding(actor=actor), derived_id("another"), GUIDANCE, NOW)
        changed = domain.change_item(closed, changing(actor=actor, state="done"), GUIDANCE, NOW)
        for decision in (added, changed):
            assert decision.reply
            assert decision.reply.refusal == refusal
            assert bool(decision.events) is (refusal is None)
