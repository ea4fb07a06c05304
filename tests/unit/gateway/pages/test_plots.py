"""The geometry of plots: nothing leaves its drawing, nothing is told that is not there."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.pages.drawing import SHAPES, Drawing, Path, Rect, Text, number, point, shortened, ticks
from services.gateway.domain.pages.plots import Line, Range, Stack, Strip, lines, ranges, stacks, strips

values = st.floats(0, 10_000, allow_nan=False)
words = st.text(max_size=40)
NUMBERS = re.compile(r"[MLl ]")


def stays_inside(drawing: Drawing) -> bool:
    """Say whether all marks are within the drawing, but for the half of a point."""
    for mark in drawing.marks:
        match mark:
            case Rect():
                assert mark.width >= 0 <= mark.height
                assert mark.x >= 0 <= mark.y
                assert mark.x + mark.width <= drawing.width + 1
                assert mark.y + mark.height <= drawing.height + 1
            case Text():
                assert 0 <= mark.x <= drawing.width
                assert 0 <= mark.y <= drawing.height
            case Path():
                x, y = NUMBERS.split(mark.d.removeprefix("M"))[:2]
                assert -10 <= float(x) <= drawing.width
                assert -10 <= float(re.match(r"-?[\d.]+", y)[0]) <= drawing.height  # type: ignore[index]
    return True


@given(st.floats(1e-3, 1e9))
def test_ticks_begin_at_nothing_are_even_and_reach_the_highest_value(highest: float) -> None:
    found = ticks(highest)
    steps = {round((b - a) / found[-1], 6) for a, b in pairwise(found)}

    assert found[0] == 0
    assert highest <= found[-1] * (1 + 1e-9)
    assert 2 <= len(found) <= 8
    assert max(steps) - min(steps) < 1e-4


def test_ticks_are_round_numbers() -> None:
    assert ticks(5) == (0, 1, 2, 3, 4, 5)
    assert ticks(0) == (0, 1)
    assert ticks(0.7) == (0, 0.2, 0.4, 0.6, 0.8)
    assert [number(tick) for tick in ticks(31)] == ["0", "10", "20", "30", "40"]
    assert [number(tick) for tick in ticks(0.02)] == ["0", "0.005", "0.01", "0.015", "0.02"]
    assert [number(value) for value in (27.83, 1234.5, 2_000_000)] == ["27.8", "1234", "2000000"]


@given(st.lists(st.tuples(words, values, st.none() | values), min_size=1, max_size=12), st.none() | values)
def test_ranges_stay_in_their_drawing(rows: list[tuple[str, float, float | None]], limit: float | None) -> None:
    found = ranges([Range(*row, "words") for row in rows], "Days", (limit, "deadline") if limit is not None else None)
    assert stays_inside(found)
    assert sum(isinstance(mark, Rect) and mark.kind == "bar" for mark in found.marks) == len(rows)


@given(
    st.lists(
        st.tuples(words, st.dictionaries(st.sampled_from(["a", "b"]), values), st.none() | values),
        min_size=1,
        max_size=12,
    )
)
def test_strips_have_every_point(rows: list[tuple[str, dict[str, float], float | None]]) -> None:
    found = strips([Strip(*row, "words") for row in rows], ["a", "b"], "Days")
    assert stays_inside(found)
    points = [mark for mark in found.marks if isinstance(mark, Path) and mark.kind in {"c1 circle", "c2 square"}]
    assert len(points) == sum(len(points) for _, points, _ in rows)


@given(st.lists(st.lists(st.integers(0, 500), min_size=2, max_size=2), min_size=1, max_size=14))
def test_bars_are_as_high_as_what_they_count(counts: list[list[int]]) -> None:
    months = [f"2026-{n + 1:02}" for n in range(len(counts))]
    bars = [[Stack([("late", low), ("open", high)]), Stack([("done", high)])] for low, high in counts]
    found = stacks(months, bars, "Action items")
    assert stays_inside(found)
    parts = [mark for mark in found.marks if isinstance(mark, Rect)]
    assert len(parts) == sum((low > 0) + 2 * (high > 0) for low, high in counts)
    assert all(part.height > 0 for part in parts)


@given(st.integers(1, 14).flatmap(lambda n: st.lists(st.lists(st.none() | values, min_size=n, max_size=n), max_size=5)))
def test_lines_have_a_point_for_each_value_and_a_gap_for_none(series: list[list[float | None]]) -> None:
    count = len(series[0]) if series else 3
    drawn = [Line(f"line {n}", each) for n, each in enumerate(series)]
    found = lines([f"2026-{n + 1:02}" for n in range(count)], drawn, "Days")
    assert stays_inside(found)
    points = [mark for mark in found.marks if isinstance(mark, Path) and mark.says]
    assert len(points) == sum(value is not None for each in series for value in each)


def test_a_line_breaks_where_a_month_has_no_value() -> None:
    found = lines(["1", "2", "3", "4"], [Line("a", [1, None, 2, 3])], "Days")
    assert [mark.d.count("L") for mark in found.marks if isinstance(mark, Path) and mark.kind == "c1 run"] == [0, 1]


def test_names_of_lines_do_not_cover_each_other() -> None:
    found = lines(["1"], [Line(name, [1.0]) for name in "abcde"], "Days")
    heights = sorted(mark.y for mark in found.marks if isinstance(mark, Text) and mark.words in "abcde")
    assert min(b - a for a, b in pairwise(heights)) > 12


def test_every_kind_of_point_has_a_shape_of_its_own() -> None:
    assert len({point(shape, 5, 5) for shape in SHAPES}) == len(SHAPES)


def test_a_long_name_is_cut_and_says_so() -> None:
    assert shortened("x" * 10_000) == "x" * 21 + "…"
    assert shortened("checkout") == "checkout"
