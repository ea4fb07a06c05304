"""What a community learns from its remarks, and what is too few to be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.lessons import FEWEST, READ, READ_FIRST, LearnedCounts, Lessons, Written, lessons
from services.gateway.domain.patterns import Remarks

HINDSIGHT = "hindsight bias"


def a_row(first: int, last: int, dismissed: int = 0, family: str = "hindsight", section: str = "overview") -> Remarks:
    """Return the remarks of one kind, and how many there are of it."""
    kind = f"{section}/{family}/warning"
    return Remarks(
        **{
            name: {kind: number} if number else {}
            for name, number in (("first", first), ("last", last), ("dismissed", dismissed))
        }
    )


def together(rows: Iterable[Remarks], **biases: str) -> Remarks:
    """Return the remarks of several kinds as those of one postmortem."""
    found: dict[str, Counter[str]] = {name: Counter() for name in ("first", "last", "dismissed")}
    for row in rows:
        for name, counts in found.items():
            counts.update(getattr(row, name))
    return Remarks(**found, biases=biases)


def some(number: int, *rows: Remarks, month: str = "2026-03", published: bool = True, bias: str = "") -> list[Written]:
    families = {kind.split("/")[1] for row in rows for kind in row.first}
    remarks = together(rows, **(dict.fromkeys(families, bias) if bias else {}))
    return [Written(month, published, remarks)] * number


def test_remarks_are_counted_by_family_section_and_severity() -> None:
    found = lessons(some(5, a_row(2, 1, 1), a_row(1, 0, family="blame", section="timeline")))
    assert found.postmortems == 5
    assert found.remarks == LearnedCounts(first=15, last=5, dismissed=5)
    assert list(found.by_family) == ["hindsight", "blame"]
    assert found.by_section["timeline"] == LearnedCounts(first=5)
    assert found.by_severity == {"warning": found.remarks}


def test_a_community_that_learns_sees_its_first_drafts_get_fewer_remarks() -> None:
    months = lessons([*some(6, a_row(3, 1)), *some(6, a_row(1, 1, 1), month="2026-04")]).months
    assert [(each.month, each.first, each.published) for each in months] == [
        ("2026-03", {"hindsight": 3.0}, {"hindsight": 1.0}),
        ("2026-04", {"hindsight": 1.0}, {"hindsight": 0.0}),
    ]


def test_only_what_is_published_says_how_it_was_published() -> None:
    (month,) = lessons([*some(5, a_row(3, 2)), *some(5, a_row(1, 0), published=False)]).months
    assert (month.postmortems, month.first, month.published) == (10, {"hindsight": 2.0}, {"hindsight": 2.0})


def test_the_most_frequent_families_tell_the_bias_behind_them_and_what_to_read() -> None:
    rows = [a_row(9 - n, 0, family=f"family-{n}") for n in range(7)]
    found = lessons([*some(4, *rows, bias=HINDSIGHT), *some(1, *rows, bias="negativity bias"), *some(1)]).frequent
    assert [each.family for each in found] == [f"family-{n}" for n in range(5)]
    assert (found[0].remarks, found[0].postmortems) == (45, 5)
    assert (found[0].bias, found[0].read) == (HINDSIGHT, READ[HINDSIGHT])


def test_a_family_whose_bias_nobody_names_leads_to_the_practice_itself() -> None:
    (found,) = lessons(some(5, a_row(1, 0))).frequent
    assert (found.bias, found.read) == (None, READ_FIRST)


def test_what_is_only_found_later_is_no_pattern_of_first_drafts() -> None:
    assert lessons(some(5, a_row(0, 3))).frequent == ()


def test_nothing_is_told_of_too_few() -> None:
    found = lessons(some(FEWEST - 1, a_row(2, 1), bias=HINDSIGHT))
    assert (found.postmortems, found.remarks, found.frequent) == (FEWEST - 1, None, ())
    assert (found.by_family, found.by_section, found.by_severity) == ({}, {}, {})
    assert (found.months[0].first, found.months[0].published) == (None, None)


def test_a_month_or_the_published_of_it_can_be_too_few_while_others_are_enough() -> None:
    few = [*some(4, a_row(1, 1), month="2026-02"), *some(4, a_row(1, 1)), *some(1, a_row(1, 1), published=False)]
    assert [(each.first, each.published) for each in lessons(few).months] == [(None, None), ({"hindsight": 1.0}, None)]


ROWS = st.builds(
    a_row,
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 9),
    st.sampled_from(["blame", "hindsight", "form"]),
    st.sampled_from(["overview", "timeline"]),
)
WRITTEN = st.lists(
    st.builds(
        Written,
        st.sampled_from(["2026-02", "2026-03"]),
        st.booleans(),
        st.builds(
            lambda rows, biases: together(rows, **biases),
            st.lists(ROWS, max_size=4),
            st.dictionaries(st.sampled_from(["blame", "form"]), st.sampled_from([HINDSIGHT, "negativity bias"])),
        ),
    ),
    max_size=16,
)


@given(WRITTEN.flatmap(lambda written: st.tuples(st.just(written), st.permutations(written))))
def test_the_order_of_postmortems_changes_nothing(orders: tuple[list[Written], list[Written]]) -> None:
    assert lessons(orders[0]).model_dump_json() == lessons(orders[1]).model_dump_json()


@given(WRITTEN)
def test_sums_are_the_same_by_whatever_they_are_counted(written: list[Written]) -> None:
    found = lessons(written)
    assert found.remarks == (_sum(found) if len(written) >= FEWEST else None)
    for counted in (found.by_family, found.by_section, found.by_severity):
        assert sum(each.first for each in counted.values()) == (found.remarks.first if found.remarks else 0)


def _sum(found: Lessons) -> LearnedCounts:
    counts = found.by_section.values()
    fields = {name: sum(getattr(each, name) for each in counts) for name in LearnedCounts.model_fields}
    return LearnedCounts(**fields)
