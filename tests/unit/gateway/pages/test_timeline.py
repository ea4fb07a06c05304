"""The drawing of a timeline: to scale, and readable however crowded it is."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.pages.axis import LEAST, MOST_TICKS, axis
from services.gateway.domain.pages.spans import measured, span
from services.gateway.domain.pages.timeline import COLUMNS, FEW, GAP, LEFT, LETTER, WIDTH, Drawing, cut, drawn, wide
from shared.contracts.impact import IncidentDurations
from shared.contracts.values import Incident, TimelineEntry
from tests.helpers.reading import BEGAN, DURATIONS, an_entry

BERLIN = ZoneInfo("Europe/Berlin")
NOTHING = Incident(source="x", external_id="1")
MINUTES = st.lists(st.floats(min_value=0, max_value=200_000), min_size=1, max_size=80)
MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given


def a_drawing(entries: list[TimelineEntry], durations: IncidentDurations | None = None) -> Drawing:
    found = drawn(entries, durations, NOTHING, BERLIN)
    assert found
    return found


def test_bands_are_as_long_as_what_they_stand_for() -> None:
    detect, resolve = a_drawing([], DURATIONS).bands
    assert (detect.name, detect.words, resolve.name, resolve.words) == ("To detect", "8 min", "To resolve", "48 min")
    assert resolve.width == pytest.approx(6 * detect.width, abs=1)
    assert resolve.x == pytest.approx(detect.x + detect.width, abs=0.2)


def test_without_durations_the_incident_is_one_band_and_without_anything_there_is_no_drawing() -> None:
    known = Incident(source="x", external_id="1", started_at=BEGAN, resolved_at=BEGAN + timedelta(hours=3))
    found = drawn([], None, known, BERLIN)
    assert found
    assert [(band.name, band.words) for band in found.bands] == [("Incident", "3 h")]
    assert drawn([], None, NOTHING, BERLIN) is None


def test_ends_that_are_before_their_beginnings_are_not_drawn() -> None:
    odd = IncidentDurations(detected_at=BEGAN, resolved_at=BEGAN - timedelta(hours=1))
    assert drawn([], odd, NOTHING, BERLIN) is None


@given(MINUTES)
def test_everything_lies_inside_and_in_the_order_of_what_happened(minutes: list[float]) -> None:
    found = a_drawing([an_entry(each) for each in minutes], DURATIONS)
    assert [mark.x for mark in found.marks] == sorted(mark.x for mark in found.marks)
    assert all(LEFT <= mark.x <= WIDTH and mark.y < found.height for mark in found.marks)
    assert all(mark.x + GAP + wide(mark.words) * LETTER <= WIDTH for mark in found.marks)
    assert all(band.x >= LEFT and band.x + band.width <= WIDTH - 60 for band in found.bands)
    assert len(found.ticks) <= 2 * MOST_TICKS + 2


@given(MINUTES)
def test_no_words_lie_on_others_and_no_stem_goes_through_words(minutes: list[float]) -> None:
    marks = a_drawing([an_entry(each, "word " * 20) for each in minutes]).marks
    for place, mark in enumerate(marks):
        end = mark.x + wide(mark.words) * LETTER
        for later in marks[place + 1 :]:
            assert later.y < mark.y or later.x >= end


def test_many_entries_stand_as_the_numbers_of_the_table_together_where_they_are_crowded() -> None:
    entries = [an_entry(each) for each in (*range(FEW), 5000)]
    found = a_drawing(entries)
    assert not found.has_words
    assert [mark.words for mark in found.marks] == [f"1–{FEW}", str(FEW + 1)]  # noqa: RUF001 - from one to the other
    assert found.marks[0].told.count("\n") == FEW - 1


def test_times_are_those_of_the_organisation_s_clock_through_a_change_of_it() -> None:
    night = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    entries = [an_entry(at=night + timedelta(hours=hours)) for hours in (0, 7)]
    ticks = a_drawing(entries).ticks
    assert [tick.label for tick in ticks] == ["23:00", "00:00", "01:00", "03:00", "04:00", "05:00", "06:00", "07:00"]
    assert [tick.day for tick in ticks if tick.day] == ["2026-03-28", "2026-03-29"]
    steps = [round(later.x - tick.x) for tick, later in itertools.pairwise(ticks)]
    assert max(steps) - min(steps) <= 1


def test_days_stand_below_an_axis_of_days() -> None:
    found = a_drawing([an_entry(0), an_entry(60 * 24 * 5)])
    assert [tick.label for tick in found.ticks][:2] == ["2026-03-03", "2026-03-04"]
    assert found.marks[0].words.startswith("1 03-02 11:00 ")


@given(st.lists(MOMENTS, min_size=1, max_size=5))
def test_any_moments_have_an_axis_with_few_round_times(moments: list[datetime]) -> None:
    found = axis(moments, 0, 100)
    assert found.end - found.start >= LEAST
    assert all(0 <= found.x(each) <= 100 for each in moments)
    assert len(found.ticks(UTC)) <= 2 * MOST_TICKS + 2


def test_words_are_cut_where_they_would_be_too_wide() -> None:
    assert cut("short") == "short"
    assert wide(cut("word " * 50)) <= COLUMNS
    assert wide(cut("数" * 50)) <= COLUMNS
    assert cut("a\nb\x00c") == "a b\N{REPLACEMENT CHARACTER}c"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (2760, "46 min"),
        (4800, "1 h 20 min"),
        (7200, "2 h"),
        (273600, "3 d 4 h"),
    ],
)
def test_lengths_of_time_are_told_in_their_two_largest_units(seconds: int, words: str) -> None:
    assert span(seconds) == words


def test_what_is_not_known_of_durations_is_left_out() -> None:
    assert [each.name for each in measured(DURATIONS)] == ["Time to detect", "Time to resolve"]
    assert measured(None) == ()
