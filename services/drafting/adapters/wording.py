"""The words of advice on action items: data that an organisation exchanges without code."""

from __future__ import annotations

import tomllib
from importlib import resources

from services.drafting.domain import Wording


def wording() -> Wording:
    """Return the words that advice on action items goes by."""
    source = resources.files("services.drafting").joinpath("templates/item_advice.toml").read_text("utf-8")
    words = tomllib.loads(source)
    return Wording(
        verbs=frozenset(words["verbs"].split()),
        skipped=frozenset(words["skipped"]),
        vague=tuple(words["vague"]),
        unbounded=tuple(words["unbounded"]),
        attention=tuple(words["attention"]),
        endless=tuple(words["endless"]),
        ends=tuple(words["ends"]),
        general=frozenset(words["general"].split()),
        told={rule: (row["reason"], row["hint"]) for rule, row in words["told"].items()},
    )
