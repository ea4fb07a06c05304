"""What tools should not tell: wrong times, too much, characters that nobody sees. Clear errors, safe text, no loss."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.drafting import domain
from services.drafting.domain import Postmortem
from services.drafting.domain.bounds import MOST_BYTES, MOST_EVENTS, RESERVE, fits
from services.drafting.domain.extract import LONGEST_TABLE
from services.drafting.domain.incident import gather
from services.drafting.domain.records import Heard, Taken
from services.drafting.domain.timeline import UNSAFE, hearing
from services.drafting.handlers import do_take, on_incident_reported
from services.drafting.ports import Deps
from shared.contracts.base import postmortem_id
from shared.contracts.events import DraftCreated, IncidentReported
from shared.contracts.merging import TakeIncident, ToldEvent
from shared.contracts.values import IncidentKind
from shared.messaging.envelope import LARGEST, Received
from shared.messaging.retry import Permanent
from shared.testing import FixedClock, in_memory
from tests.helpers.builders import NOW, PM, an_incident_event
from tests.unit.drafting.test_domain import GUIDANCE, drafted

LONGEST = 100_000
KINDS = st.sampled_from([kind.value for kind in IncidentKind])


def a_story(notes: int, text: str) -> list[tuple[str, IncidentReported]]:
    """Build an incident with so many notes, each with this text."""
    opened = an_incident_event("opened", severity="sev2", occurred_at=NOW)
    told = [
        an_incident_event("note", occurred_at=NOW + timedelta(seconds=n), entry={"text": f"{n} {text}"[:LONGEST]})
        for n in range(1, notes + 1)
    ]
    resolved = an_incident_event("resolved", occurred_at=NOW + timedelta(days=1))
    return [(f"{n:06}", event) for n, event in enumerate([opened, *told, resolved])]


def heard(story: list[tuple[str, IncidentReported]]) -> Postmortem:
    """Return what is known when all of it was heard."""
    first = domain.follow_incident(None, story[0][1], story[0][0], GUIDANCE, NOW).state
    return gather(first.changed(heard=hearing((), story)), GUIDANCE)


def opened(story: list[tuple[str, IncidentReported]]) -> DraftCreated:
    """Return the first draft of a story."""
    (event,) = domain.open_draft(heard(story), GUIDANCE, NOW).events
    assert isinstance(event, DraftCreated)
    return event


async def hear(event: IncidentReported, state: Postmortem | None = None) -> Postmortem | None:
    """Let the room hear an event; return what it knows then."""
    clock = FixedClock(NOW)
    repository, documents, _ = in_memory("drafting", clock)
    if state:
        documents.states[PM], documents.versions[PM] = state, 1
    deps = Deps(postmortems=repository, guidance=GUIDANCE, clock=clock)
    await on_incident_reported(Received(id="e", name=event.name, data=event, correlation_id="e"), deps)
    found: Postmortem | None = documents.states.get(PM)
    return found


@pytest.mark.parametrize("at", [NOW + timedelta(hours=2), datetime(1969, 12, 31, tzinfo=UTC)])
async def test_an_event_before_1970_or_far_ahead_is_parked_and_says_why(at: datetime) -> None:
    with pytest.raises(Permanent, match="occurred_at: "):
        await hear(an_incident_event("note", occurred_at=at))


async def test_a_clock_that_is_a_little_ahead_does_no_harm() -> None:
    assert await hear(an_incident_event("opened", occurred_at=NOW + timedelta(minutes=59)))


async def test_notes_beyond_the_bound_are_parked_and_the_end_of_the_incident_is_not() -> None:
    full = heard(a_story(MOST_EVENTS, "x")[:-2])
    assert len(full.heard) == MOST_EVENTS
    with pytest.raises(Permanent, match=r"2,000 events are in its timeline, and 2,000 are the most"):
        await hear(an_incident_event("note", entry={"text": "one more"}), full)
    over = await hear(an_incident_event("resolved", occurred_at=NOW + timedelta(minutes=1)), full)
    assert over
    assert over.incident.resolved_at
    stuffed = full.changed(heard=full.heard + full.heard[:RESERVE])
    with pytest.raises(Permanent):
        await hear(an_incident_event("reopened"), stuffed)


async def test_text_beyond_the_bound_is_parked() -> None:
    full = heard(a_story(29, "x" * LONGEST)[:-1])
    with pytest.raises(Permanent, match=r"bytes, and 3,000,000 are the most"):
        await hear(an_incident_event("note", entry={"text": "y" * LONGEST}), full)
    assert not fits(drafted(), [event for _, event in a_story(40, "x" * LONGEST)])


@pytest.mark.parametrize(
    ("notes", "text"),
    [(MOST_EVENTS - 2, "x" * 800), (29, "x" * LONGEST), (20, "|" * LONGEST), (7, "\N{GRINNING FACE}" * LONGEST)],
)
def test_as_much_as_may_be_told_makes_a_draft_that_fits_into_a_message_and_its_sections(notes: int, text: str) -> None:
    story = a_story(notes, text)
    assert sum(each.size for each in heard(story).heard) <= MOST_BYTES
    draft = opened(story)
    assert len(draft.model_dump_json().encode()) <= LARGEST
    assert len(draft.timeline) == notes + 2, "the data has everything"
    table = draft.report["timeline"]
    assert len(table) <= LONGEST_TABLE * 1.1
    assert "Incident resolved" in table
    assert "more entries from here on" in table or "characters more" in table


async def test_what_is_told_later_of_a_merged_incident_is_parked_when_both_are_full() -> None:
    other = postmortem_id("tool", "7")
    beside = [Heard(id=f"o{n}", event=each.event) for n, each in enumerate(heard(a_story(MOST_EVENTS, "x")).heard)]
    full = drafted().changed(taken=(Taken(id=other, number=1, heard=tuple(beside[: MOST_EVENTS + RESERVE - 5])),))
    repository, documents, _ = in_memory("drafting", FixedClock(NOW))
    documents.states[PM], documents.versions[PM] = full.changed(heard=full.heard * (RESERVE // 5 + 1)), 1
    deps = Deps(postmortems=repository, guidance=GUIDANCE, clock=FixedClock(NOW))
    late = ToldEvent(id="late", event=an_incident_event("note", source="tool", external_id="7"))
    told = TakeIncident(postmortem_id=PM, merged_id=other, number=1, events=(late,))
    with pytest.raises(Permanent, match="which is the most"):
        await do_take(Received(id="t", name=told.name, data=told, correlation_id="t"), deps)


def test_a_long_summary_is_cut_in_the_text_and_says_so() -> None:
    story = a_story(1, "x")
    story[0] = (story[0][0], story[0][1].model_copy(update={"summary": "s" * LONGEST}))
    assert "(and 50,000 characters more)" in opened(story).report["overview"]


ANY = st.text(st.characters(codec="utf-8") | st.sampled_from("\0\x1b\u202e|\\\n<"), max_size=60)


@given(text=ANY, title=ANY, name=ANY, kind=KINDS)
@example(text="\x1b[31mred", title="\u202efdp.exe", name="\x07", kind="note")
def test_whatever_characters_are_told_a_draft_shows_no_hidden_ones_and_its_table_holds(
    text: str, title: str, name: str, kind: str
) -> None:
    people: list[dict[str, Any]] = [{"name": f"a{name}"}]
    told = an_incident_event(kind, occurred_at=NOW, title=f"t{title}", people=people, entry={"text": text})
    end = an_incident_event("resolved", severity="sev1", occurred_at=NOW + timedelta(minutes=5))
    draft = opened([("1", told), ("2", end)])
    shown = [draft.title, *draft.report.values(), *(e.text + (e.who or "") for e in draft.timeline)]
    assert not [text for text in shown if UNSAFE.search(text)]
    rows = [line for line in draft.report["timeline"].splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(draft.timeline)
    assert all(row.replace("\\\\", "").replace("\\|", "").count("|") == 4 for row in rows)
