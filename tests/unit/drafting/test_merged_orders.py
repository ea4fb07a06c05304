"""Merging in every order of messages, told once or often: each incident ends in exactly one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.drafting import domain
from services.drafting.domain import Postmortem
from shared.contracts.base import BaseMessage, derived_id
from shared.contracts.decision import Decision
from shared.contracts.merging import DeclineIncident, GiveIncidentBack, MergeIncident, TakeIncident, UnmergeIncident
from tests.helpers.builders import NOW
from tests.unit.drafting.test_domain import GUIDANCE
from tests.unit.drafting.test_merged_incidents import (
    IDS,
    NAMES,
    ONE,
    STORIES,
    THREE,
    TWO,
    an_event,
    drafted,
    known,
    merging,
    together,
    unmerging,
)


@dataclass
class World:
    """Documents, and messages on their way: each has its effect on its document once, in any order."""

    states: dict[str, Postmortem] = field(default_factory=dict)
    waiting: list[tuple[str, BaseMessage]] = field(default_factory=list)
    handled: set[str] = field(default_factory=set)
    given: int = 0

    def tell_everything(self) -> None:
        """Tell all stories, and open the drafts."""
        for name in NAMES:
            self.states[IDS[name]] = drafted(name)

    def give(self, message: BaseMessage) -> None:
        """Decide on what somebody asks for at once, as the front door does; what follows is on its way."""
        self.given += 1
        self._handle(f"given {self.given}", message)

    def run(self, order: Sequence[int]) -> None:
        """Let all that is on its way arrive, the n-th next each time; some of it twice."""
        picks = iter(order)
        while self.waiting:
            pick = next(picks, 0)
            id, message = self.waiting.pop(pick % len(self.waiting))
            self._handle(id, message)
            if pick % 3 == 1:
                self._handle(id, message)

    def step(self, pick: int) -> None:
        """Let one message arrive."""
        if self.waiting:
            self._handle(*self.waiting.pop(pick % len(self.waiting)))

    def _handle(self, id: str, message: Any) -> None:
        if id in self.handled:
            return
        self.handled.add(id)
        decision = self._decide(id, self.states[message.subject], message)
        if decision.reply and decision.reply.refusal:
            return
        self.states[message.subject] = decision.state
        own = (TakeIncident, GiveIncidentBack, DeclineIncident)
        said = [event for event in decision.events if isinstance(event, own)]
        self.waiting += [(derived_id(id, event.name, str(n)), event) for n, event in enumerate(said)]

    def _decide(self, id: str, state: Postmortem, message: Any) -> Decision[Any]:
        match message:
            case MergeIncident():
                return domain.merge(state, message, NOW)
            case UnmergeIncident():
                return domain.unmerge(state, message, GUIDANCE, NOW)
            case TakeIncident():
                return domain.take(state, message, GUIDANCE, NOW)
            case GiveIncidentBack():
                return domain.give_back(state, message, GUIDANCE, NOW)
            case DeclineIncident():
                return domain.hear_decline(state, message, GUIDANCE, NOW)
        return domain.follow_incident(state, message, id, GUIDANCE, NOW)


NOTES = [an_event(name, "note", n, entry={"text": f"{name} {n}"}) for name in NAMES for n in (3, 40, 55)]
WISHES = [
    *(
        make(of, to)
        for of in (ONE, TWO, THREE)
        for to in (ONE, TWO, THREE)
        if of != to
        for make in (merging, unmerging)
    ),
    *NOTES,
]
actions = st.lists(st.one_of(st.sampled_from(WISHES), st.integers(0, 50)), max_size=16)


@given(actions, st.lists(st.integers(0, 50), max_size=30))
def test_whatever_is_asked_and_in_whatever_order_it_arrives_each_incident_is_in_exactly_one_place(
    asked: list[BaseMessage | int], order: list[int]
) -> None:
    world = World()
    world.tell_everything()
    for wish in asked:
        if isinstance(wish, int):
            world.step(wish)
        else:
            world.give(wish)
    world.run(order)
    home = {id: state.merged_into or id for id, state in world.states.items()}
    assert all(home[into] == into for into in home.values()), "no chains and no cycles"
    for id, state in world.states.items():
        here = {taken.id for taken in state.taken if taken.is_here}
        assert here == {other for other, into in home.items() if into == id and other != id}
        assert {taken.id for taken in state.taken if taken.heard} == here
        own = {event for event in NOTES if event in asked}
        parts = {id, *here}
        told = {(entry.external_id, entry.text) for entry in state.timeline}
        assert {(e.external_id, e.entry.text) for e in own if e.postmortem_id in parts} <= told
        assert {IDS[name or ""] for name, _ in told} == parts


@given(st.permutations([*STORIES["one"], *STORIES["two"], "merge"]), st.lists(st.integers(0, 50), max_size=30))
def test_in_whatever_order_events_and_the_merge_come_the_draft_is_the_same(story: list[Any], order: list[int]) -> None:
    opened = domain.follow_incident(None, STORIES["two"][0], "first", GUIDANCE, NOW).state
    begun = domain.follow_incident(None, STORIES["one"][3], "first", GUIDANCE, NOW).state
    drafted_early = domain.open_draft(begun, GUIDANCE, NOW).state
    world = World(states={ONE: drafted_early, TWO: opened})
    for step in story:
        world.give(merging(TWO, ONE) if step == "merge" else step)
    world.run(order)
    both, _ = together()
    assert known(world.states[ONE]) == known(both)
    assert world.states[ONE].report == both.report
    assert (world.states[ONE].severity, world.states[ONE].owner) == (both.severity, both.owner)


def test_two_that_are_merged_into_each_other_at_once_both_go_on_by_themselves() -> None:
    world = World()
    world.tell_everything()
    for of, into in ((ONE, TWO), (TWO, ONE)):
        world.give(merging(of, into))
    world.run([])
    assert [world.states[id].merged_into for id in (ONE, TWO)] == [None, None]
    assert [len(world.states[id].incidents) for id in (ONE, TWO)] == [1, 1]
