"""Two versions of one program: the second has a field renamed, one added, and one added in each item of a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st
from pydantic import BaseModel

from shared.document_schema import DocumentSchema, State, States, Step


class OldItem(BaseModel):
    id: str
    text: str


class Old(BaseModel):
    n: int = 0
    owner: str = ""
    items: tuple[OldItem, ...] = ()


class Item(OldItem):
    colour: str = "grey"


class New(BaseModel):
    n: int = 0
    lead: str = ""
    items: tuple[Item, ...] = ()
    note: str = ""


def with_lead(state: State) -> State:
    return {**state, "lead": state["owner"]} if "owner" in state else state


def with_owner(state: State) -> State:
    return {**state, "owner": state["lead"]}


OLD = States(Old)
NEW = States(New, DocumentSchema(2, 1, (Step(2, with_lead, with_owner),)))


@dataclass(frozen=True)
class Edit:
    """One change, by a program that knows the newer fields or by one that does not."""

    is_new: bool
    what: str
    to: str
    item: int

    def of_old(self, state: Old) -> Old:
        match self.what:
            case "count":
                return state.model_copy(update={"n": state.n + 1})
            case "lead":
                return state.model_copy(update={"owner": self.to})
        return state.model_copy(update={"items": self._items(list(state.items), OldItem)})

    def of_new(self, state: New) -> New:
        match self.what:
            case "count":
                return state.model_copy(update={"n": state.n + 1})
            case "lead" | "note":
                return state.model_copy(update={self.what: self.to})
        return state.model_copy(update={"items": self._items(list(state.items), Item)})

    def _items(self, items: list[OldItem], kind: Callable[..., OldItem]) -> tuple[OldItem, ...]:
        at = self.item % len(items) if items else 0
        changes: dict[str, Callable[[], object]] = {
            "add": lambda: items.insert(at, kind(id=f"i{self.item}", text=self.to)),
            "text": lambda: items.insert(at, items.pop(at).model_copy(update={"text": self.to})),
            "colour": lambda: items.insert(at, items.pop(at).model_copy(update={"colour": self.to})),
            "move": lambda: items.append(items.pop(at)),
            "remove": lambda: items.pop(at),
        }
        if items or self.what == "add":
            changes[self.what]()
        return tuple(items)


@dataclass
class Truth:
    """What a program that knows everything would have after the same changes."""

    state: New = field(default_factory=New)

    def after(self, edit: Edit) -> New:
        self.state = edit.of_new(self.state)
        return self.state

    def as_old(self) -> Old:
        return Old.model_validate(with_owner(self.state.model_dump()))


NAMES = st.sampled_from(["ada", "bob", "eve"])
BOTH, ONLY_NEW = ("count", "lead", "add", "text", "move", "remove"), ("note", "colour")
EDITS = st.lists(
    st.builds(Edit, is_new=st.just(True), what=st.sampled_from(BOTH + ONLY_NEW), to=NAMES, item=st.integers(0, 10**6))
    | st.builds(Edit, is_new=st.just(False), what=st.sampled_from(BOTH), to=NAMES, item=st.integers(0, 10**6)),
    max_size=30,
    unique_by=lambda edit: edit.item,
)
"""Items have ids of their own, as everything has that people refer to."""
