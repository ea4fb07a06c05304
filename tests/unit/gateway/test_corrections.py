"""Corrections at the door and in the library: their status beside what is published, in whatever order they come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain import answer, etags
from services.gateway.domain.view import View
from services.gateway.handlers import HANDLERS
from shared.contracts import Message, values
from shared.contracts import events as said
from shared.contracts.commands import CorrectPostmortem
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.withdrawing import CorrectionWithdrawn, WithdrawCorrection
from shared.messaging.envelope import Received
from tests.helpers.builders import NOW, PM, REPORT, a_draft
from tests.helpers.front_door import Door, is_problem
from tests.unit.gateway.test_view import APPROVALS, DINA, STORY, seen

PATH = f"/v1/postmortems/{PM}/corrections"
FIRST = {"correction_of": 3, "correction_note": "513 of them"}
NEXT = {"correction_of": 5, "correction_note": "On Monday"}


def at(hours: int) -> Any:
    return NOW + timedelta(hours=hours)


def revised(revision: int, hours: int, **fields: Any) -> Message:
    given = {"status": "draft", "revised_at": at(hours), "revised_by": "chen@example.com", "note": "words"}
    event: Message = a_draft(said.DraftRevised, revision=revision, **given, **fields)
    return event


def requested(revision: int, hours: int, **fields: Any) -> Message:
    event: Message = a_draft(
        said.ReviewRequested, revision=revision, requested_at=at(hours), requested_by="a@example.com", **fields
    )
    return event


def published(revision: int, of: int) -> Message:
    return said.Published(
        postmortem_id=PM,
        revision=revision,
        content_hash="x",
        published_at=at(9),
        title="t",
        severity="sev2",
        report=REPORT,
        lists=(),
        recipients=3,
        correction_of=of,
        changes=("Overview",),
    )


CORRECTION: tuple[tuple[Message, str], ...] = (
    (revised(4, 3, **FIRST), "draft"),
    (requested(4, 4, **FIRST), "in_review"),
    (
        said.ChangesRequested(
            postmortem_id=PM, revision=4, reviewer=DINA, at=at(5), comments=(values.Comment(text="?"),)
        ),
        "changes_requested",
    ),
    (revised(5, 6, **FIRST), "changes_requested"),
    (requested(5, 7, **FIRST), "in_review"),
    (a_draft(said.ReviewApproved, revision=5, approvals=APPROVALS, **FIRST), "approved"),
    (published(5, 3), "published"),
    (said.DeliveryCompleted(postmortem_id=PM, revision=5, accepted=3, failed=0, completed_at=at(9)), "published"),
    (revised(6, 10, **NEXT), "draft"),
)
WHOLE = (*STORY, *(event for event, _ in CORRECTION))


def test_the_status_is_the_correction_s_while_the_publication_is_still_the_one_before() -> None:
    for n in range(1, len(CORRECTION) + 1):
        view = seen(WHOLE[: len(STORY) + n])
        assert view.status() == CORRECTION[n - 1][1]
        assert view.publication
        assert view.publication.revision == (5 if n >= 7 else 3)


@given(st.permutations(WHOLE))
def test_in_whatever_order_a_postmortem_and_its_corrections_are_heard_of_the_view_is_the_same(
    order: list[Message],
) -> None:
    assert seen(tuple(order)) == seen(WHOLE)


@given(st.permutations(WHOLE), st.integers(1, len(WHOLE)))
def test_a_correction_is_never_taken_for_published_before_its_publication_is_heard_of(
    order: list[Message], n: int
) -> None:
    heard = order[:n]
    view = seen(tuple(heard))
    newest = max((e.revision for e in heard if isinstance(e, said.Published)), default=0)
    corrects = (view.draft.correction_of if view.draft else None) or 0
    assert (view.status() == "published") is (newest > corrects)


def test_a_published_correction_names_what_it_corrects_and_counts_its_own_mails() -> None:
    view = seen(WHOLE)
    assert view.draft
    shown = answer.whole(view, view.draft, "https://afterword.example.com", NOW).model_dump(mode="json")
    assert (shown["status"], shown["revision"]) == ("draft", 6)
    assert shown["publication"] == {
        "revision": 5,
        "correction_of": 3,
        "changes": ["Overview"],
        "published_at": "2026-03-02T21:00:00Z",
        "recipients": 3,
        "accepted": 3,
        "failed": 0,
        "pending": 0,
    }
    assert shown["review"]["approvals"] == []


def a_door(*story: Message, **how: Any) -> Door:
    """A door in front of a story before it is restricted."""
    return Door(views={PM: seen([fact for fact in story if not isinstance(fact, said.AccessChanged)])}, **how)


async def test_all_corrections_are_listed_with_what_was_wrong_and_how_far_they_are() -> None:
    items = (await a_door(*WHOLE).send("GET", PATH)).json()["items"]
    assert [(i["revision"], i["correction_of"], i["note"], i["status"]) for i in items] == [
        (5, 3, "513 of them", "published"),
        (6, 5, "On Monday", "draft"),
    ]
    assert (items[0]["by"], items[0]["at"]) == ("chen@example.com", "2026-03-02T15:00:00Z")
    (one,) = (await a_door(*WHOLE[:-1]).send("GET", PATH)).json()["items"]
    assert (one["revision"], one["status"]) == (5, "published")
    assert (await a_door(*STORY).send("GET", PATH)).json() == {"items": []}


async def test_a_correction_is_given_to_drafting_with_the_revision_that_was_read() -> None:
    door = a_door(*STORY)
    tag = (await door.send("GET", f"/v1/postmortems/{PM}")).headers["ETag"]
    body = {"note": " 513 of them ", "sections": {"impact": "513\n", "overview": None}, "severity": "sev1"}
    answer = await door.send("POST", PATH, json=body, headers={"If-Match": tag, "Idempotency-Key": "k"})
    assert answer.status_code == 200
    assert answer.json()["id"] == PM
    ((_, command),) = door.messages.said
    assert isinstance(command, CorrectPostmortem)
    assert (command.base_revision, command.note, command.severity) == (3, "513 of them", "sev1")
    assert (command.sections, command.title) == ({"impact": "513\n", "overview": ""}, None)


async def test_a_correction_without_the_revision_that_was_read_or_for_another_is_refused() -> None:
    door = a_door(*STORY)
    body = {"note": "513 of them"}
    assert is_problem(await door.send("POST", PATH, json=body), 428, "if-match-required", "If-Match")
    stale = '"2-0000000000000000"'  # the library may be behind: its owner judges that one
    assert (await door.send("POST", PATH, json=body, headers={"If-Match": stale})).status_code == 200
    tag = etags.etag(a_draft(said.DraftCreated, revision=3, title="Other"), b"")
    answer = await door.send("POST", PATH, json=body, headers={"If-Match": tag})
    assert is_problem(answer, 412, "stale-revision", "If-Match")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "note"),
        ({"note": " "}, "note"),
        ({"note": "x" * 501}, "note"),
        ({"note": "x", "owner": {}}, "owner"),
        ({"note": "x", "severity": "sev9"}, "severity"),
        ({"note": "x", "sections": {"A": "x"}}, "sections.A.[key]"),
    ],
)
async def test_a_wrong_field_of_a_correction_is_named(body: dict[str, Any], field: str) -> None:
    answer = await a_door(*STORY).send("POST", PATH, json=body, headers={"If-Match": "*"})
    assert is_problem(answer, 422, "invalid-field", field)


async def test_a_refused_correction_is_a_conflict_and_one_that_nobody_answers_is_done_later() -> None:
    door = a_door(*STORY)
    for rule in ("not-published", "correction-open"):
        door.messages.reply = Reply(refusal=Refusal(kind=Kind.CONFLICT, rule=rule, detail="No."))
        answer = await door.send("POST", PATH, json={"note": "x"}, headers={"If-Match": "*"})
        assert is_problem(answer, 409, rule)
    door.messages.reply = None
    assert (await door.send("POST", PATH, json={"note": "x"}, headers={"If-Match": "*"})).status_code == 202


async def test_what_is_not_there_is_not_corrected_and_tools_may_not() -> None:
    assert is_problem(await Door().send("GET", PATH), 404, "unknown-postmortem")
    body: dict[str, Any] = {"json": {"note": "x"}, "headers": {"If-Match": "*"}}
    assert is_problem(await Door().send("POST", PATH, **body), 404, "unknown-postmortem")
    assert is_problem(await a_door(*STORY).send("POST", PATH, role="tool", **body), 403, "role-needed")


def test_a_view_from_before_corrections_were_known_is_read_as_it_is() -> None:
    kept = seen(STORY).model_dump(mode="json")
    for field in ("corrections", "action_items"):
        del kept[field]
    for field in ("requested_for", "changes_revision"):
        del kept["review"][field]
    assert View.model_validate(kept).status() == "published"


async def test_a_correction_is_a_revision_of_the_history_like_every_other() -> None:
    door = Door()
    for n, fact in enumerate((a_draft(said.DraftCreated), revised(2, 1), revised(3, 2), revised(4, 3, **FIRST))):
        received = Received(id=f"e-{n}", name=fact.name, data=fact, correlation_id="c", time=at(n))
        await HANDLERS[fact.name](received, door.deps)
    items = (await door.send("GET", f"/v1/postmortems/{PM}/revisions")).json()["items"]
    assert [item["revision"] for item in items] == [4, 3, 2, 1]
    assert (await door.send("GET", f"/v1/postmortems/{PM}/diff?from=3&to=4")).status_code == 200


WITHDRAWN: tuple[Message, ...] = (
    *(event for event, _ in CORRECTION[:5]),
    a_draft(
        CorrectionWithdrawn, revision=6, correction_of=6, withdrawn_by="chen@example.com", withdrawn_at=at(8), title="t"
    ),
)
AGAIN = {"correction_of": 6, "correction_note": "On Tuesday"}


def listed(view: View) -> list[tuple[int, int, str]]:
    assert view.draft
    return [(i.revision, i.correction_of, i.status) for i in answer.corrections(view, view.draft).items]


@given(st.permutations((*STORY, *WITHDRAWN)))
def test_a_correction_that_is_withdrawn_leaves_what_is_published_in_whatever_order_it_is_heard_of(
    order: list[Message],
) -> None:
    view = seen(tuple(order))
    assert view == seen((*STORY, *WITHDRAWN))
    assert view.draft
    assert (view.status(), view.draft.revision) == ("published", 6)
    assert view.publication
    assert view.publication.revision == 3
    assert listed(view) == [(6, 3, "withdrawn")]


@given(st.permutations((*STORY, *WITHDRAWN, revised(7, 9, **AGAIN), requested(7, 10, **AGAIN))))
def test_the_next_correction_is_one_of_its_own_and_corrects_what_is_published(order: list[Message]) -> None:
    view = seen(tuple(order))
    assert view.status() == "in_review"
    assert listed(view) == [(6, 3, "withdrawn"), (7, 3, "in_review")]


@given(st.permutations((*STORY, *WITHDRAWN, published(5, 3), revised(7, 10, correction_of=7))))
def test_a_correction_that_was_published_before_its_withdrawal_was_heard_of_is_told_as_published(
    order: list[Message],
) -> None:
    view = seen(tuple(order))
    assert view.status() == "published"
    assert listed(view) == [(5, 3, "published")]


async def test_a_withdrawal_is_given_to_drafting_with_the_revision_that_was_read() -> None:
    door = a_door(*STORY)
    tag = (await door.send("GET", f"/v1/postmortems/{PM}")).headers["ETag"]
    for sent, base in ((tag, 3), ("*", None)):
        answered = await door.send("DELETE", f"{PATH}/current", headers={"If-Match": sent})
        assert answered.status_code == 200
        command = door.messages.said[-1][1]
        assert isinstance(command, WithdrawCorrection)
        assert command.base_revision == base
    assert is_problem(await door.send("DELETE", f"{PATH}/current"), 428, "if-match-required", "If-Match")
    refused = await door.send("DELETE", f"{PATH}/current", role="tool", headers={"If-Match": "*"})
    assert is_problem(refused, 403, "role-needed")
    door.messages.reply = Reply(refusal=Refusal(kind=Kind.CONFLICT, rule="no-correction-open", detail="No."))
    refused = await door.send("DELETE", f"{PATH}/current", headers={"If-Match": "*"})
    assert is_problem(refused, 409, "no-correction-open")


async def test_a_withdrawal_is_a_revision_of_the_history_like_every_other() -> None:
    door = Door()
    for n, fact in enumerate((a_draft(said.DraftCreated), revised(4, 3, **FIRST), WITHDRAWN[-1])):
        received = Received(id=f"e-{n}", name=fact.name, data=fact, correlation_id="c", time=at(n))
        await HANDLERS[fact.name](received, door.deps)
    newest = (await door.send("GET", f"/v1/postmortems/{PM}/revisions")).json()["items"][0]
    assert (newest["revision"], newest["by"], newest["note"]) == (6, "chen@example.com", "correction withdrawn")
