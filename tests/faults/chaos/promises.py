"""What has to be true in the end, whatever broke on the way. Pure: findings in, broken promises out.

The names are those of docs/reliability.md and of the README's promises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from services.calendar.domain import uid_of
from shared.messaging import topology
from tests.faults.chaos.findings import Findings, Row
from tests.faults.chaos.journal import Journal, Said
from tests.faults.chaos.load import Driven

ONCE = ("DraftCreated.v1", "ReviewApproved.v1", "MeetingEnded.v1", "Published.v1")
HELD_BACK = "not sent: "


@dataclass(frozen=True)
class Evidence:
    """All that the promises are held against; `deleted` are queues that were deleted with what was in them."""

    driven: Driven
    journal: Journal
    found: Findings
    poisoned: Mapping[str, str]
    deleted: Collection[str]


def handled(row: Row) -> list[str]:
    """Return the ids of the messages that a document has handled, in their order."""
    return [entry["id"] for entry in row["handled"]]


def changes(row: Row) -> int:
    """Return how many of them changed the document: a refused command is remembered and changes nothing."""
    return sum(not (entry["reply"] and entry["reply"]["refusal"]) for entry in row["handled"])


def editions(row: Row) -> list[Row]:
    """Return all that was published of a postmortem: the newest edition and those that it corrects."""
    state = row["state"]
    newest = state.get("edition")
    return [*(issue["edition"] for issue in state.get("earlier", ())), *([newest] if newest else [])]


def all_reached_their_end(seen: Evidence) -> Iterator[str]:
    """Whatever was reported is published."""
    yield from seen.driven.stuck
    for id in seen.driven.done:
        publication = seen.found.documents["distribution"].get(id)
        if not publication or not publication["state"].get("edition"):
            yield f"{id} is not published"


def nothing_accepted_is_lost(seen: Evidence) -> Iterator[str]:
    """What was answered with 2xx was applied (promise 1)."""
    for id, messages in seen.driven.accepted.items():
        row = seen.found.documents["drafting"].get(id)
        missing = messages - set(handled(row)) if row else messages
        if missing:
            yield f"drafting has not applied {len(missing)} accepted events about {id}"


def everything_said_was_heard(seen: Evidence) -> Iterator[str]:
    """Every event had its effect in every room that hears it (promise 2)."""
    known = {room: {key: set(handled(row)) for key, row in rows.items()} for room, rows in seen.found.documents.items()}
    for said in seen.journal.said.values():
        for room, names in topology.HEARS.items():
            if said.name not in names or said.id in known[room].get(said.subject, ()):
                continue
            if not (room == "distribution" and _is_outdated(said, seen.found.documents[room].get(said.subject))):
                yield f"{room} has not applied {said.name} {said.id} about {said.subject}"


def _is_outdated(said: Said, publication: Row | None) -> bool:
    """Say whether distribution knew a word on the meeting that is as new: what changes nothing is not written."""
    state = publication["state"] if publication else {}
    known = state.get("meeting")
    if said.sequence is None or not known:
        return False
    if said.name == "MeetingReminder.v1":
        return state.get("meeting_ended_at") is not None or known["sequence"] > said.sequence
    return (known["sequence"], known["start"] is None) >= (said.sequence, said.name == "MeetingCancelled.v1")


def nothing_is_applied_twice(seen: Evidence) -> Iterator[str]:
    """No id stands twice in a document, and each change has exactly one (promise 2)."""
    for room, rows in seen.found.documents.items():
        for key, row in rows.items():
            twice = [id for id, times in Counter(handled(row)).items() if times > 1]
            if twice:
                yield f"{room} {key} has applied twice: {', '.join(twice)}"
            if row["version"] != changes(row):
                yield f"{room} {key} has version {row['version']} after {changes(row)} changes"


def each_fact_is_said_under_one_id(seen: Evidence) -> Iterator[str]:
    """A repeated decision repeats the id and the body, and what happens once is said once."""
    yield from (f"{id} was said with two bodies" for id in seen.journal.changed)
    said = Counter((each.subject, each.name) for each in seen.journal.said.values())
    for id in seen.driven.done:
        yield from (f"{id}: {said[id, name]} different {name}" for name in ONCE if said[id, name] != 1)


def one_entry_each(seen: Evidence) -> Iterator[str]:
    """One calendar entry a postmortem, the last one decided, and no others (promise 3)."""
    entries = Counter(entry.uid for entry in seen.found.entries)
    sequences = {entry.uid: entry.sequence for entry in seen.found.entries}
    meetings = {uid_of(key): row for key, row in seen.found.documents["calendar"].items()}
    yield from (f"entry {uid} belongs to no meeting" for uid in entries if uid not in meetings)
    for uid, row in meetings.items():
        if entries[uid] != 1:
            yield f"{entries[uid]} entries for {row['_id']}"
        elif sequences[uid] != row["state"]["sequence"]:
            yield f"the entry of {row['_id']} has sequence {sequences[uid]}, not {row['state']['sequence']}"


def every_mail_came(seen: Evidence) -> Iterator[str]:
    """At least one copy a recipient, and another one only for each lost answer that was counted (promise 4)."""
    known = {row["message_id"]: row for row in seen.found.rows}
    for message_id, row in known.items():
        copies, most = seen.found.mails[message_id], 1 + seen.found.ambiguous[row["_id"]]
        if _is_held_back(row) and not copies:
            continue
        if row["state"] != "accepted" or not 1 <= copies <= most:
            yield f"{copies} copies to {row['recipient']} about {row['postmortem_id']} ({row['state']}, at most {most})"
    yield from (f"a mail {id} that nobody wanted" for id in seen.found.mails if id not in known)


def _is_held_back(row: Row) -> bool:
    """Say whether a notice was not sent since it was not true any more when its turn came; reports always are."""
    is_notice = bool(row.get("notice") or row.get("gathered"))
    return is_notice and row["state"] == "failed" and row["reply"].startswith(HELD_BACK)


def every_recipient_has_a_row(seen: Evidence) -> Iterator[str]:
    """Whoever is in the audience has a row in the ledger (promise 4)."""
    rows = Counter((row["postmortem_id"], row["revision"]) for row in seen.found.rows)
    for key, row in seen.found.documents["distribution"].items():
        for edition in editions(row):
            found, wanted = rows[key, edition["revision"]], _people(edition)
            if found != wanted:
                yield f"{found} rows for {wanted} recipients of {key}"


def _people(edition: Row) -> int:
    """How many people get an edition, wherever they are kept."""
    return int(edition["audience"]["total"]) if "audience" in edition else len(edition["recipients"])


def what_is_published_was_approved(seen: Evidence) -> Iterator[str]:
    """Revision and hash of the edition are those of the approval; nobody approved their own (promise 5)."""
    for key, row in seen.found.documents["distribution"].items():
        edition, approved = row["state"].get("edition"), row["state"].get("approved")
        if not edition or not approved:
            continue
        if (edition["revision"], edition["content_hash"]) != (approved["revision"], approved["content_hash"]):
            yield f"{key}: published is not what was approved"
        involved = {approved["owner"]["email"], *(person["email"] for person in approved["people"])}
        if involved & {approval["email"] for approval in approved["approvals"]}:
            yield f"{key} was approved by somebody who took part"


def poison_is_parked_and_nothing_else(seen: Evidence) -> Iterator[str]:
    """What was parked is what was poison (promise 6); poison in a deleted queue is gone with it."""
    yield from (f"{id} is parked" for id in seen.found.parked - set(seen.poisoned))
    for id, queue in seen.poisoned.items():
        if id not in seen.found.parked and queue not in seen.deleted:
            yield f"the poison {id} is not parked"


def all_is_at_rest(seen: Evidence) -> Iterator[str]:
    """Nothing is unsaid, nothing waits."""
    yield from (f"{depth} messages in {queue}" for queue, depth in seen.found.depths.items())
    for room, rows in seen.found.documents.items():
        yield from (f"{room} {key} has {len(row['outbox'])} unsaid" for key, row in rows.items() if row["outbox"])


PROMISES: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    all_reached_their_end,
    nothing_accepted_is_lost,
    everything_said_was_heard,
    nothing_is_applied_twice,
    each_fact_is_said_under_one_id,
    one_entry_each,
    every_recipient_has_a_row,
    every_mail_came,
    what_is_published_was_approved,
    poison_is_parked_and_nothing_else,
    all_is_at_rest,
)


def broken(seen: Evidence) -> dict[str, list[str]]:
    """Return, by promise, in how many ways it is broken; kept ones have an empty list."""
    return {promise.__name__.replace("_", " "): list(promise(seen)) for promise in PROMISES}
