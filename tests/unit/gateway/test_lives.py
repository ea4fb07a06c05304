"""Every tool's incident makes the draft that stands beside it: in any order, however often, however soon."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.events import IncidentReported
from tests.helpers.lives import AFTER, TOOLS, Json, Life, demo_guidance, draft_file, drafted, events

BY = demo_guidance()
LATER = datetime(2030, 1, 1, tzinfo=UTC)
"""Long after the incident: what tells no time of its own comes last."""
Told = list[tuple[str, IncidentReported]]


def told(tool: str) -> Told:
    life = Life(tool, "Q1SAMPLE")
    return events(life, life.rows(), LATER)


ALL = {tool: told(tool) for tool in TOOLS}


def expected(tool: str) -> list[Json]:
    return Life(tool, "Q1SAMPLE").expected()


@pytest.mark.parametrize("tool", TOOLS)
def test_the_life_of_an_incident_makes_the_draft_that_was_read_by_eye(tool: str) -> None:
    assert draft_file(tool).is_file()
    assert drafted(ALL[tool], BY, LATER) == expected(tool)


@pytest.mark.parametrize("tool", TOOLS)
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_in_whatever_order_it_comes_how_often_and_whenever_the_draft_is_opened_it_is_the_same(
    tool: str, data: st.DataObject
) -> None:
    found = ALL[tool]
    order = data.draw(st.permutations(found))
    again = data.draw(st.lists(st.sampled_from(found), max_size=len(found)))
    early = data.draw(st.integers(-1, len(found) - 1))
    assert drafted([*order, *again], BY, LATER, early) == expected(tool)


@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_said_twice_is_one_message_about_its_incident_alone(tool: str) -> None:
    once, again = dict(ALL[tool]), dict(told(tool))
    assert once == again
    other = Life(tool, "Q2SAMPLE")
    assert not once.keys() & dict(events(other, other.rows(), LATER)).keys()


@pytest.mark.parametrize("tool", TOOLS)
def test_what_a_tool_has_is_in_its_life_and_ends_resolved(tool: str) -> None:
    kinds = {event.kind.value for _, event in ALL[tool]}
    assert {"opened", "resolved"} <= kinds
    assert kinds >= HAS.get(tool, EVERYTHING)
    assert all(draft["incident"]["resolved_at"] for draft in expected(tool))


EVERYTHING = {
    "opened",
    "acknowledged",
    "note",
    "role_assigned",
    "severity_changed",
    "status_update",
    "resolved",
    "reopened",
}
HAS = {
    "alertmanager": {"opened", "resolved"},
    "opsgenie": EVERYTHING - {"status_update", "reopened"},
    "grafana-oncall": {"opened", "acknowledged", "note", "resolved", "reopened"},
    "incident-io": {"opened", "note", "status_update", "resolved", "reopened"},
}
"""What each tool can tell; those that are not here can tell everything."""


def test_only_oncall_tells_an_event_without_its_time() -> None:
    assert [tool for tool in TOOLS if AFTER in str(Life(tool, "Q").rows())] == ["grafana-oncall"]
