"""However much an incident tells, its draft is opened, and all of it stands beside the text."""

from __future__ import annotations

from datetime import timedelta

from services.drafting import domain
from services.drafting.domain.bounded import LONGEST, REST, bounded
from services.drafting.domain.records import Heard
from shared.contracts.events import DraftCreated
from tests.helpers.builders import NOW, an_incident_event
from tests.unit.drafting.test_domain import GUIDANCE, STORY, told


def test_of_a_timeline_that_is_longer_than_a_section_may_be_the_text_has_the_turning_points_and_counts_the_rest() -> (
    None
):
    note = an_incident_event("note", entry={"text": "5xx " * 30, "evidence_url": "https://e.example.com/1"})
    notes = [note.model_copy(update={"occurred_at": NOW + timedelta(seconds=n)}) for n in range(1_500)]
    first = told(STORY[:1]).state
    known = first.changed(heard=(*first.heard, *(Heard(id=f"n-{n}", event=each) for n, each in enumerate(notes))))
    state = domain.follow_incident(known, STORY[-1], "last", GUIDANCE, NOW).state

    (event,) = domain.open_draft(state, GUIDANCE, NOW).events
    assert isinstance(event, DraftCreated)
    text = event.report["timeline"]
    assert len(text) <= LONGEST
    assert "Incident resolved" in text.splitlines()[-1]
    assert "more entries from here on" in text
    assert len(event.timeline) == 1_502


def test_what_is_short_enough_stays_as_it_is() -> None:
    report = {"a": "x" * LONGEST, "b": ""}
    assert bounded(report) == report
    assert bounded({"a": "x" * (LONGEST + 1)}) == {"a": "x" * LONGEST + "\n" + REST}
