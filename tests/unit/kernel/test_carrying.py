"""What an older program does not know goes along with what it does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.carrying import carried

LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
KNOWN = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner), max_leaves=15
)


@st.composite
def told_more(draw: st.DrawFn, known: Any) -> Any:
    """Return the same with fields in it that its reader does not know, named so that the test can see them."""
    if isinstance(known, list):
        return [draw(told_more(item)) for item in known]
    if isinstance(known, dict):
        inner = {key: draw(told_more(value)) for key, value in known.items()}
        return inner | draw(st.dictionaries(st.sampled_from(["_x", "_y"]), KNOWN, max_size=2))
    return known


def understood(value: Any) -> Any:
    """Return what a reader knows of it."""
    if isinstance(value, list):
        return [understood(item) for item in value]
    if isinstance(value, dict):
        return {key: understood(item) for key, item in value.items() if not key.startswith("_")}
    return value


@given(KNOWN, st.data())
def test_what_nobody_changed_stays_as_it_was(known: Any, data: st.DataObject) -> None:
    raw = data.draw(told_more(known))
    assert carried(raw, known, known) == raw


@given(KNOWN, KNOWN, st.data())
def test_whatever_is_carried_the_reader_has_what_it_wrote(known: Any, new: Any, data: st.DataObject) -> None:
    raw = data.draw(told_more(known))
    assert understood(carried(raw, known, new)) == new


@given(st.lists(LEAF, max_size=6), st.randoms())
def test_items_keep_what_they_have_wherever_they_go(texts: list[Any], random: Any) -> None:
    known = [{"id": str(n), "text": text} for n, text in enumerate(texts, 1)]
    raw = [{**item, "_x": item["id"]} for item in known]
    new = [{**item, "text": random.choice(["new", item["text"]])} for item in known if random.random() > 0.2]
    random.shuffle(new)
    assert [item["_x"] for item in carried(raw, known, new)] == [item["id"] for item in new]


@pytest.mark.parametrize(
    ("raw", "known", "new", "then"),
    [
        ({"a": {"_x": 1}}, {"a": {}}, {"a": None}, {"a": None}),
        ({"a": {"b": {"_x": 1}}}, {"a": {"b": {}}}, {"a": {}}, {"a": {}}),
        ([{"n": 1, "_x": 1}], [{"n": 1}], [{"n": 2}], [{"n": 2}]),
        ([{"n": 1, "_x": 1}], [{"n": 1}], [{"n": 1}, {"n": 1}], [{"n": 1, "_x": 1}, {"n": 1}]),
        ([{"n": 1, "_x": 1}, {"_x": 2}], [{"n": 1}], [{"n": 1}], [{"n": 1}]),
        ([{"id": "1", "_x": 1}, {"id": "2"}], [{"id": "2"}, {"id": "1"}], [{"id": "1"}], [{"id": "1"}]),
    ],
    ids=["gone", "gone within", "another item", "one more alike", "a list that was read as a shorter one", "a set"],
)
def test_what_it_belonged_to_is_gone_and_so_is_it(raw: Any, known: Any, new: Any, then: Any) -> None:
    assert carried(raw, known, new) == then
