"""What must be true of a history that has come to rest: pure functions over what was written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from shared.contracts import base
from shared.contracts.decision import Reply
from shared.messaging.envelope import Unsaid
from shared.messaging.timers import Due
from tests.simulation.words import FIRST, SECOND, Act, Counted, First, Rang, Second, entry_of, how_many

derived_id = lru_cache(maxsize=10_000)(base.derived_id)


class Promise(StrEnum):
    """What the kernel promises; the numbers are those of the page on reliability."""

    NOTHING_LOST = "P1 nothing accepted is lost"
    NOTHING_TWICE = "P2 no message has its effect twice"
    ALL_AT_REST = "P3 everything comes to rest"
    PARKED = "P4 poison is parked, and nothing else"
    ORDER = "P5 what a decision says is first said after all that earlier ones of its document say"
    IDS = "P6 ids follow from causes"
    NO_GHOSTS = "P7 what was said is what was decided"
    OUTSIDE = "P8 the world outside has one entry for each that was wanted"
    ALARMS = "P9 every alarm rings, and once"
    ANSWERS = "P10 a repeated message gets the answer that it got before"


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and by what."""

    promise: Promise
    what: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.what}"


@dataclass(frozen=True, slots=True)
class External:
    """One message from outside."""

    id: str
    subject: str
    n: int
    poison: str
    choosy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is left when a history has come to rest, or was given up."""

    externals: Sequence[External]
    first: Mapping[str, First]
    second: Mapping[str, Second]
    decisions: Mapping[tuple[str, str], Sequence[Sequence[Unsaid]]]
    sayings: Sequence[Unsaid]
    parked: Sequence[str]
    entries: Mapping[str, str]
    replies: Mapping[str, Sequence[bytes]]
    left: Sequence[str]


def violations(outcome: Outcome) -> list[Violation]:
    """Return every broken promise; none is what we want."""
    return [
        Violation(promise, what)
        for promise, check in (
            (Promise.NOTHING_LOST, _lost),
            (Promise.NOTHING_TWICE, _twice),
            (Promise.ALL_AT_REST, _left),
            (Promise.PARKED, _parked),
            (Promise.ORDER, _order),
            (Promise.IDS, _ids),
            (Promise.NO_GHOSTS, _ghosts),
            (Promise.OUTSIDE, _outside),
            (Promise.ALARMS, _alarms),
            (Promise.ANSWERS, _answers),
        )
        for what in check(outcome)
    ]


def _accepted(outcome: Outcome) -> Iterator[External]:
    """Every message from outside that has to have had its effect: all but poison and what was refused for good."""
    for external in outcome.externals:
        applied = external.id in outcome.first.get(external.subject, First()).applied
        refused = external.choosy and any(map(_refuses, outcome.replies.get(external.id, ())))
        if applied or not (external.poison or refused):
            yield external


@lru_cache(maxsize=100)
def _refuses(reply: bytes) -> bool:
    return Reply.model_validate_json(reply).refusal is not None


def _counted(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Every event that has to follow from what outside said, as `(subject, id)`."""
    for external in _accepted(outcome):
        yield external.subject, derived_id(external.id, Counted.name)
        for nth in range(2, how_many(external.n) + 1):
            yield external.subject, derived_id(external.id, Counted.name, str(nth))


def _rang(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Every ringing that has to follow from the alarms that were set."""
    for subject, state in outcome.first.items():
        for alarm in state.alarms:
            yield subject, derived_id(derived_id(subject, Due.name, alarm.isoformat()), Rang.name)


def _acts(outcome: Outcome) -> Iterator[tuple[str, str]]:
    return ((subject, derived_id(event, Act.name)) for subject, event in _counted(outcome))


def _lost(outcome: Outcome) -> Iterator[str]:
    for external in _accepted(outcome):
        if external.id not in outcome.first.get(external.subject, First()).applied:
            yield f"{external.id} had no effect in {FIRST}"
    for subject, id in (*_counted(outcome), *_rang(outcome), *_acts(outcome)):
        if id not in outcome.second.get(subject, Second()).applied:
            yield f"{id} had no effect in {SECOND}"


def _twice(outcome: Outcome) -> Iterator[str]:
    audits = [
        *(state.applied for state in outcome.first.values()),
        *(state.applied for state in outcome.second.values()),
    ]
    for applied in audits:
        yield from (f"{id} had {times} effects" for id, times in Counter(applied).items() if times > 1)


def _left(outcome: Outcome) -> Iterable[str]:
    return outcome.left


def _parked(outcome: Outcome) -> Iterator[str]:
    poison, parked = {external.id for external in outcome.externals if external.poison}, set(outcome.parked)
    yield from (f"{id} is poison and not parked" for id in sorted(poison - parked))
    yield from (f"{id} is parked and no poison" for id in sorted(parked - poison))


def _order(outcome: Outcome) -> Iterator[str]:
    """Compare the order in which messages were first said with that of their decisions, per room and document.

    What comes of the same decision is said together.
    """
    for (room, subject), decisions in outcome.decisions.items():
        nth = {message.id: n for n, decided in enumerate(decisions) for message in decided}
        said = list(dict.fromkeys(message.id for message in outcome.sayings if message.id in nth))
        if said != sorted(said, key=nth.__getitem__):
            yield f"{room} said {said} of {subject}, decided {list(nth)}"


def _decided(outcome: Outcome) -> Iterator[Unsaid]:
    """Return everything that a decision says, whether it was said or not."""
    return (message for decisions in outcome.decisions.values() for decided in decisions for message in decided)


def _ids(outcome: Outcome) -> Iterator[str]:
    expected = {id for _, id in (*_counted(outcome), *_rang(outcome), *_acts(outcome))}
    decided = _decided(outcome)
    yield from (f"{message.name} {message.id}" for message in decided if message.id not in expected)


def _ghosts(outcome: Outcome) -> Iterator[str]:
    bodies = {message.id: message.body for message in _decided(outcome)}
    for message in outcome.sayings:
        if bodies.get(message.id) != message.body:
            yield f"{message.name} {message.id} was said as {message.body}, decided as {bodies.get(message.id)}"


def _outside(outcome: Outcome) -> Iterator[str]:
    wanted = {entry_of(subject, id): id for subject, id in _counted(outcome)}
    yield from (f"no entry for {wanted[key]}" for key in sorted(wanted.keys() - outcome.entries.keys()))
    yield from (
        f"an entry too many, for {outcome.entries[key]}" for key in sorted(outcome.entries.keys() - wanted.keys())
    )


def _alarms(outcome: Outcome) -> Iterator[str]:
    for subject, state in outcome.first.items():
        expected = [derived_id(subject, Due.name, alarm.isoformat()) for alarm in state.alarms]
        if list(state.rang) != expected:
            yield f"{subject} rang {list(state.rang)}, set were {expected}"


def _answers(outcome: Outcome) -> Iterator[str]:
    """Compare all answers to the same message."""
    for id, replies in outcome.replies.items():
        answers = set(replies)
        if len(answers) > 1:
            yield f"{id} was answered {sorted(answers)}"
