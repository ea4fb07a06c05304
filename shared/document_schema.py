"""Which form a kind of document has, and how programs of two versions write the same documents. Pure.

Each form has a number. A program writes its own form, and beside that what the one before reads, so the older one reads
what the newer one wrote; what an older one wrote is brought forward when it is read. `docs/upgrading.md` has the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from shared.carrying import carried

S = TypeVar("S", bound=BaseModel)
State = dict[str, Any]
"""A state as plain JSON."""


class NewerDocument(Exception):
    """A document has a form that this program cannot read; nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class Step:
    """How a form differs from the one before, for what is more than a new field with a default.

    `forward` makes a state of form `to` of one of the form before, which may hold older values of the new fields, too;
    it may be given a part of a state. `back` puts into a state what a program of the form before reads and ours no
    longer has; without it that program does not get along with ours (`DocumentSchema.needs`). Neither changes what it
    is given.
    """

    to: int
    forward: Callable[[State], State]
    back: Callable[[State], State] | None = None


@dataclass(frozen=True, slots=True)
class DocumentSchema:
    """The form of one kind of document: its number, which grows with each change, and the steps that led there.

    `needs` is the oldest form whose programs read this one.
    """

    number: int = 1
    needs: int = 1
    steps: Sequence[Step] = ()

    def forward(self, state: State, by: int) -> State:
        """Return a state that a program of form `by` wrote as one of this form."""
        for step in self.steps:
            if step.to > by:
                state = step.forward(state)
        return state

    def with_older(self, state: State) -> State:
        """Return a state of this form with what older programs read in it, beside what is its own."""
        for step in reversed(self.steps):
            if step.back:
                state = step.back(state)
        return state


FIRST = DocumentSchema()
"""The form of documents that say no number."""


@dataclass(frozen=True, slots=True)
class Newer:
    """What a document that a newer program has written said, of which a part is known here; `holds` is its form."""

    holds: int
    raw: State
    known: State


class States(Generic[S]):
    """Reads and writes the states of one kind, whoever wrote them.

    A document says in `schema` which form wrote it last (`by`), the newest that ever wrote it (`holds`), and the oldest
    that may read it (`needs`).
    """

    def __init__(self, state: type[S], schema: DocumentSchema = FIRST) -> None:
        self.state = state
        self.schema = schema
        self._mark = {"by": schema.number, "holds": schema.number, "needs": schema.needs}

    def of(self, row: Mapping[str, Any]) -> S:
        """Return the state in a document, of which `schema` and `state` were read, at least. Raises: NewerDocument."""
        by, _, needs = _form(row)
        if needs > self.schema.number:
            msg = (
                f"{self.state.__name__} {row.get('_id')} is of form {by}, which programs of form {needs} and newer"
                f" read; this one is of {self.schema.number}: go on with the newer version"
            )
            raise NewerDocument(msg)
        state = row["state"] if by >= self.schema.number else self.schema.forward(dict(row["state"]), by)
        return self.state.model_validate(state)

    def newer(self, row: Mapping[str, Any], state: S) -> Newer | None:
        """Return what is to be kept of a document beside the state that was read of it; mostly nothing."""
        _, holds, _ = _form(row)
        if holds <= self.schema.number:
            return None
        return Newer(holds, row["state"], state.model_dump(mode="json"))

    def row(self, state: S, newer: Newer | None = None) -> State:
        """Return what a document says of a state; `newer` is what was read beside the one that it follows."""
        dumped = state.model_dump(mode="json")
        if self.schema.steps:
            dumped = self.schema.with_older(dumped)
        if newer is None:
            return {"schema": self._mark, "state": dumped}
        return {"schema": {**self._mark, "holds": newer.holds}, "state": carried(newer.raw, newer.known, dumped)}


def _form(row: Mapping[str, Any]) -> tuple[int, int, int]:
    form = row.get("schema")
    return (form["by"], form["holds"], form["needs"]) if form else (1, 1, 1)
