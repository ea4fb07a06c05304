"""Rules as data: what a command may break, and the refusal that says so. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.contracts.decision import Kind, Refusal

C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[C]):
    """One rule: its name, its kind, how a case breaks it, the field at fault, and what to do instead.

    `field` and `detail` are written with the case: `{0.draft.revision}`. `data` are words of the case that the answer
    shows to programs.
    """

    name: str
    kind: Kind
    breaks: Callable[[C], bool]
    detail: str
    field: str | None = None
    data: tuple[str, ...] = ()

    def refusal(self, case: C) -> Refusal:
        """Return the refusal of a case that breaks the rule."""
        return Refusal(
            kind=self.kind,
            rule=self.name,
            detail=self.detail.format(case),
            field=self.field and self.field.format(case),
            data={name: getattr(case, name) for name in self.data},
        )


def first_broken(rules: Iterable[Rule[C]], case: C) -> Refusal | None:
    """Return the refusal of the first rule that a case breaks; the later ones may rely on the earlier."""
    return next((rule.refusal(case) for rule in rules if rule.breaks(case)), None)
