"""Where a remark stands once the text has changed. Pure.

Words that still stand somewhere are found again by themselves. Words that were edited are followed when what became of
them is much the same; the lines that changed are compared first, so that a long text costs little.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import accumulate

from shared.contracts.threads import Anchor

LIKE = 0.6
"""How much of its words a place has to share with what was remarked on."""
MOST_CHANGED = 10_000
"""What is rewritten over more characters than these is not searched for what is like it."""
BESIDE, LONGEST = 100, 500
_WORD = re.compile(r"\w+|[^\w\s]")


def anchored(text: str, anchor: Anchor) -> Anchor:
    """Return an anchor with what stands beside its place in a text, of which it has to be a part."""
    at = anchor.find(text)
    return anchor if at is None else _at(text, at, at + len(anchor.quote))


def moved(anchor: Anchor, old: str, new: str) -> Anchor | None:
    """Return the anchor for a text that came of the one that it stands in; None when it is there no more."""
    if anchor.find(new) is not None:
        return anchor
    start = anchor.find(old)
    return None if start is None else _followed(anchor, start, old, new)


def _followed(anchor: Anchor, start: int, old: str, new: str) -> Anchor | None:
    """Look for what became of the words where the lines around them have changed."""
    begin, end = _changed(start, start + len(anchor.quote), old, new)
    if not 0 < end - begin <= MOST_CHANGED:
        return None
    before = _WORD.findall(anchor.quote)
    found = list(_WORD.finditer(new, begin, end))
    matcher = SequenceMatcher(None, before, [word.group() for word in found], autojunk=False)
    same = [block for block in matcher.get_matching_blocks() if block.size]
    if not same:
        return None
    first, last = found[same[0].b], found[same[-1].b + same[-1].size - 1]
    words = same[-1].b + same[-1].size - same[0].b
    shared = 2 * sum(block.size for block in same) / (len(before) + words)
    if shared < LIKE or last.end() - first.start() > LONGEST:
        return None
    return _at(new, first.start(), last.end())


def _changed(start: int, end: int, old: str, new: str) -> tuple[int, int]:
    """Return where in the new text the lines stand that came of those from start to end."""
    first, last = old.count("\n", 0, start), old.count("\n", 0, end - 1)
    touched = [(b1, b2) for _, a1, a2, b1, b2 in _blocks(old, new) if a1 <= last and a2 > first]
    if not touched:
        return 0, 0
    starts = [0, *accumulate(len(line) for line in new.splitlines(keepends=True))]
    return starts[touched[0][0]], starts[touched[-1][1]]


@lru_cache(maxsize=8)
def _blocks(old: str, new: str) -> Sequence[tuple[str, int, int, int, int]]:
    """Compare two texts by lines, once for all remarks on them."""
    return SequenceMatcher(None, old.splitlines(keepends=True), new.splitlines(keepends=True)).get_opcodes()


def _at(text: str, start: int, end: int) -> Anchor:
    return Anchor(quote=text[start:end], before=text[max(0, start - BESIDE) : start], after=text[end : end + BESIDE])
