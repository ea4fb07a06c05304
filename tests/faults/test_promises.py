"""A checker that finds nothing proves nothing: each promise of the long run is broken once here, and found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from services.calendar.domain import uid_of
from shared.messaging import topology
from tests.faults.chaos.findings import Entry, Findings
from tests.faults.chaos.journal import Journal, Said
from tests.faults.chaos.load import Driven
from tests.faults.chaos.promises import ONCE, Evidence, broken
from tests.helpers.builders import PM

RECIPIENT = "somebody@example.com"
APPROVED = {
    "revision": 2,
    "content_hash": "h",
    "owner": {"email": "owner@example.com"},
    "people": [{"email": "responder@example.com"}],
    "approvals": [{"email": "reviewer@example.com"}],
}
EDITION = {"revision": 2, "content_hash": "h", "recipients": [RECIPIENT]}
REFUSED = {"id": "refused", "reply": {"refusal": {"rule": "no"}}}


def a_document(heard: list[str], state: dict[str, Any]) -> dict[str, Any]:
    """A room's document that has handled these messages, and refused one."""
    handled = [*({"id": id, "reply": None} for id in heard), REFUSED]
    return {"_id": PM, "version": len(heard), "handled": handled, "outbox": [], "state": state}


def evidence() -> Evidence:
    """What is left of one incident that went as it should."""
    said = {name: Said(name, name, PM, "d") for name in ("IncidentReported.v1", *ONCE)}
    states: dict[str, dict[str, Any]] = {
        **{room: {} for room in topology.HEARS},
        "calendar": {"sequence": 3},
        "distribution": {"edition": EDITION, "approved": APPROVED, "earlier": []},
    }
    documents = {
        room: {PM: a_document([name for name in said if name in topology.HEARS[room]], state)}
        for room, state in states.items()
    }
    row = {
        "_id": "row",
        "message_id": "<1>",
        "state": "accepted",
        "recipient": RECIPIENT,
        "postmortem_id": PM,
        "revision": 2,
    }
    found = Findings(
        documents, [row], Counter({"<1>": 1}), Counter(), [Entry(uid_of(PM), 3, "CONFIRMED")], {"poison"}, {}
    )
    driven = Driven([PM], {PM: {"IncidentReported.v1"}})
    return Evidence(driven, Journal(said), found, {"poison": "review.DraftCreated.v1", "gone": "deleted"}, {"deleted"})


def document(seen: Evidence, room: str) -> dict[str, Any]:
    return seen.found.documents[room][PM]


def forget(seen: Evidence, room: str, id: str) -> None:
    """As if a room had never handled a message."""
    row = document(seen, room)
    row["handled"] = [entry for entry in row["handled"] if entry["id"] != id]
    row["version"] -= 1


def repeat(seen: Evidence, room: str) -> None:
    row = document(seen, room)
    row["handled"] = [row["handled"][0], *row["handled"]]
    row["version"] += 1


def add(mapping: Any, key: Any, value: Any) -> None:
    mapping[key] = value


def state(seen: Evidence, room: str, **changes: Any) -> None:
    document(seen, room)["state"] = {**document(seen, room)["state"], **changes}


BREAKS: list[tuple[str, Callable[[Evidence], Any]]] = [
    ("all reached their end", lambda seen: seen.driven.stuck.append("stuck")),
    ("all reached their end", lambda seen: state(seen, "distribution", edition=None)),
    ("nothing accepted is lost", lambda seen: seen.driven.accepted[PM].add("another")),
    ("nothing accepted is lost", lambda seen: add(seen.driven.accepted, "other", {"lost"})),
    ("everything said was heard", lambda seen: forget(seen, "review", "DraftCreated.v1")),
    ("everything said was heard", lambda seen: seen.found.documents["gateway"].clear()),
    ("nothing is applied twice", lambda seen: repeat(seen, "calendar")),
    ("nothing is applied twice", lambda seen: add(document(seen, "drafting"), "version", 99)),
    ("each fact is said under one id", lambda seen: seen.journal.changed.add("Published.v1")),
    ("each fact is said under one id", lambda seen: add(seen.journal.said, "2", Said("2", "Published.v1", PM, "d"))),
    ("one entry each", lambda seen: seen.found.entries.clear()),
    ("one entry each", lambda seen: seen.found.entries.append(Entry(uid_of(PM), 3, "CONFIRMED"))),
    ("one entry each", lambda seen: seen.found.entries.append(Entry("stranger", 0, "CONFIRMED"))),
    ("one entry each", lambda seen: add(seen.found.entries, 0, Entry(uid_of(PM), 2, "CONFIRMED"))),
    ("every recipient has a row", lambda seen: seen.found.rows.clear()),
    (
        "every recipient has a row",
        lambda seen: state(seen, "distribution", earlier=[{"edition": {**EDITION, "revision": 1}}]),
    ),
    ("every mail came", lambda seen: seen.found.mails.clear()),
    ("every mail came", lambda seen: add(seen.found.mails, "<1>", 2)),
    ("every mail came", lambda seen: add(seen.found.mails, "<2>", 1)),
    ("every mail came", lambda seen: add(seen.found.rows[0], "state", "failed")),
    ("what is published was approved", lambda seen: state(seen, "distribution", edition={**EDITION, "revision": 1})),
    (
        "what is published was approved",
        lambda seen: state(seen, "distribution", approved={**APPROVED, "owner": {"email": "reviewer@example.com"}}),
    ),
    ("poison is parked and nothing else", lambda seen: seen.found.parked.clear()),
    ("poison is parked and nothing else", lambda seen: seen.found.parked.add("innocent")),
    ("all is at rest", lambda seen: add(seen.found.depths, "review.DraftCreated.v1", 1)),
    ("all is at rest", lambda seen: document(seen, "review")["outbox"].append({"id": "unsaid"})),
]


def test_a_run_in_which_all_went_well_breaks_no_promise() -> None:
    assert {promise: ways for promise, ways in broken(evidence()).items() if ways} == {}


@pytest.mark.parametrize(("promise", "damage"), BREAKS)
def test_every_broken_promise_is_found(promise: str, damage: Callable[[Evidence], Any]) -> None:
    seen = evidence()
    damage(seen)
    assert broken(seen)[promise]


def test_every_promise_is_broken_by_some_test() -> None:
    assert {promise for promise, _ in BREAKS} == set(broken(evidence()))


def test_a_second_mail_is_fine_when_the_relay_s_answer_was_lost() -> None:
    seen = evidence()
    seen.found.mails["<1>"] = 2
    seen.found.ambiguous["row"] = 1
    assert broken(seen)["every mail came"] == []


@pytest.mark.parametrize(
    ("name", "sequence", "is_kept"),
    [
        ("MeetingRescheduled.v1", 1, True),
        ("MeetingScheduled.v1", 2, True),
        ("MeetingCancelled.v1", 2, False),
        ("MeetingRescheduled.v1", 3, False),
        ("MeetingReminder.v1", 1, True),
        ("MeetingReminder.v1", 2, False),
    ],
)
def test_a_word_on_the_meeting_is_not_written_when_a_newer_one_was_heard(
    name: str, sequence: int, is_kept: bool
) -> None:
    seen = evidence()
    state(seen, "distribution", meeting={"sequence": 2, "start": "2026-03-09T13:00:00Z"})
    seen.journal.said["word"] = Said("word", name, PM, "d", sequence)
    unheard = [way for way in broken(seen)["everything said was heard"] if way.startswith("distribution")]
    assert (unheard == []) is is_kept


def test_a_notice_that_is_no_longer_true_need_not_come_and_a_report_must() -> None:
    seen = evidence()
    seen.found.mails.clear()
    seen.found.rows[0].update(state="failed", reply="not sent: nothing of it is true any more", gathered={"id": "1"})
    assert broken(seen)["every mail came"] == []
    del seen.found.rows[0]["gathered"]
    assert broken(seen)["every mail came"]
