"""How long everything took: what was told, never a guess, never less than nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.drafting.domain.durations import durations
from services.drafting.domain.records import Heard
from services.drafting.domain.timeline import in_order
from shared.contracts.events import IncidentReported
from shared.contracts.impact import IncidentDurations
from shared.contracts.values import IncidentKind
from tests.helpers.builders import NOW, an_incident_event

MOMENTS = ("impact_started_at", "impact_ended_at", "mitigated_at")


def at(minutes: int) -> datetime:
    """Return a moment so many minutes after the incident was opened."""
    return NOW + timedelta(minutes=minutes)


def event(kind: str, minutes: int, **more: Any) -> IncidentReported:
    """Build an event of one incident."""
    return an_incident_event(kind, occurred_at=at(minutes), **more)


WHOLE = (
    event("opened", 0, impact_started_at=at(-12)),
    event("acknowledged", 3),
    event("status_update", 30, mitigated_at=at(28)),
    event("resolved", 48, impact_ended_at=at(40)),
)


def test_an_incident_that_tells_everything_has_every_duration_in_whole_seconds() -> None:
    assert durations([WHOLE]) == IncidentDurations(
        impact_started_at=at(-12),
        detected_at=at(0),
        acknowledged_at=at(3),
        mitigated_at=at(28),
        resolved_at=at(48),
        impact_ended_at=at(40),
        time_to_detect_s=720,
        time_to_acknowledge_s=180,
        time_to_mitigate_s=1680,
        time_to_resolve_s=2880,
        impact_s=3120,
    )


def test_what_nobody_told_is_not_known() -> None:
    told = durations([[event("opened", 0), event("resolved", 9)]])
    assert told.time_to_resolve_s == 540
    assert (told.time_to_detect_s, told.time_to_acknowledge_s, told.time_to_mitigate_s, told.impact_s) == (None,) * 4
    assert durations([[event("note", 0)]]) == IncidentDurations()


def test_what_was_reached_before_an_incident_came_back_is_not_reached_any_more() -> None:
    back = (*WHOLE, event("reopened", 60))
    open_again = durations([back])
    assert (open_again.resolved_at, open_again.mitigated_at, open_again.impact_ended_at) == (None, None, None)
    over = durations([(*back, event("resolved", 90, mitigated_at=at(80), impact_ended_at=at(85)))])
    assert (over.reopened, over.time_to_resolve_s, over.time_to_mitigate_s, over.impact_s) == (1, 5400, 4800, 5820)


def test_a_tool_corrects_itself_and_its_latest_word_counts() -> None:
    assert durations([(*WHOLE, event("note", 50, impact_started_at=at(-30)))]).time_to_detect_s == 1800


def test_of_several_incidents_the_first_beginning_and_the_last_end_count() -> None:
    other = {"source": "my-tool", "external_id": "7"}
    second = (event("opened", 10, **other), event("acknowledged", 12, **other), event("resolved", 120, **other))
    both = durations([WHOLE, second])
    assert (both.detected_at, both.time_to_acknowledge_s, both.time_to_resolve_s) == (at(0), 180, 7200)
    assert both.mitigated_at is None, "the second one never told"
    assert both.impact_s == 3120
    assert durations([WHOLE, second[:2]]).resolved_at is None, "one of them is still open"


@pytest.mark.parametrize(
    "wrong", [{"impact_started_at": at(5)}, {"impact_started_at": at(1), "impact_ended_at": at(0)}]
)
def test_moments_in_the_wrong_order_make_no_duration(wrong: dict[str, datetime]) -> None:
    told = durations([[event("opened", 0, **wrong)]])
    assert (told.time_to_detect_s, told.impact_s) == (None, None)


@st.composite
def stories(draw: st.DrawFn) -> list[IncidentReported]:
    """Draw what tools may tell of one incident, sense or not."""
    minutes = st.integers(-10_000, 10_000)
    moments = st.dictionaries(st.sampled_from(MOMENTS), minutes.map(at))
    events = st.builds(lambda kind, when, more: event(kind, when, title="t", **more), kinds, minutes, moments)
    return draw(st.lists(events, max_size=8))


kinds = st.sampled_from([kind.value for kind in IncidentKind])


@given(st.lists(stories(), max_size=3), st.randoms(use_true_random=False))
def test_no_duration_is_negative_and_none_depends_on_the_order_of_arrival(
    told: list[list[IncidentReported]], random: Any
) -> None:
    ordered = [[h.event for h in in_order(Heard(id=str(n), event=e) for n, e in enumerate(story))] for story in told]
    found = durations(ordered)
    assert all(value >= 0 for name, value in found if name.endswith("_s") and value is not None)
    for name, start, end in (
        ("time_to_detect_s", "impact_started_at", "detected_at"),
        ("time_to_resolve_s", "detected_at", "resolved_at"),
        ("impact_s", "impact_started_at", "impact_ended_at"),
    ):
        if None in (getattr(found, start), getattr(found, end)):
            assert getattr(found, name) is None
    for story in told:
        random.shuffle(story)
    random.shuffle(told)
    mixed = [[h.event for h in in_order(Heard(id=str(n), event=e) for n, e in enumerate(story))] for story in told]
    assert durations(mixed) == found
