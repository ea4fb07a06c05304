"""What a newer program keeps in a document, carried through the hands of an older one that does not know it. Pure.

An older program reads of a document what it has fields for, and writes a document of those. Whatever stood beside them,
however deep, goes along: at its key, and in a list with the item that it belonged to.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

IDENTITIES = ("id", "email", "postmortem_id", "number", "finding", "fact", "name")
"""What an item of a list is known by when it has changed: the first of these that it has."""
Pair = tuple[Any, Any]
NOTHING: Pair = (None, None)


def carried(raw: Any, known: Any, new: Any) -> Any:
    """Return `new` with what `raw` has beyond `known`; all three are plain JSON.

    `raw` is what stood in the document, `known` what its reader understood of that, `new` what the reader made of it.
    What an item of a list had beside goes with it when it is moved or changed, and goes away with it.
    """
    if isinstance(raw, dict) and isinstance(known, dict) and isinstance(new, dict):
        ours = {key: carried(raw.get(key), known.get(key), value) for key, value in new.items()}
        return ours | {key: value for key, value in raw.items() if key not in known and key not in new}
    if isinstance(raw, list) and isinstance(known, list) and isinstance(new, list) and len(raw) == len(known):
        pairs = list(zip(raw, known, strict=True))
        return _items(pairs, new) if all(_fits(*pair) for pair in pairs) else new
    return new


def _items(pairs: Sequence[Pair], new: Sequence[Any]) -> list[Any]:
    """Find what each item was: one that is the same, else one that is known by the same."""
    same: defaultdict[str, list[Pair]] = defaultdict(list)
    for raw, known in reversed(pairs):
        same[_text(known)].append((raw, known))
    were = [same[_text(item)].pop() if same[_text(item)] else NOTHING for item in new]
    left = {_identity(known): (raw, known) for rest in same.values() for raw, known in rest}
    found = [left.get(_identity(item), NOTHING) if was is NOTHING else was for was, item in zip(were, new, strict=True)]
    return [carried(*pair, item) for pair, item in zip(found, new, strict=True)]


def _fits(raw: Any, known: Any) -> bool:
    """Say whether one is read of the other, which it is not where the reader has another order."""
    name, value = _identity(known)
    return not name or (isinstance(raw, dict) and str(raw.get(name)) == value)


def _identity(item: Any) -> tuple[str, str]:
    """Return what an item is known by; of one that has nothing of the kind, what nothing else is known by."""
    found = ((name, str(item[name])) for name in IDENTITIES if item.get(name)) if isinstance(item, dict) else ()
    return next(iter(found), ("", _text(item)))


def _text(item: Any) -> str:
    return json.dumps(item, sort_keys=True)
