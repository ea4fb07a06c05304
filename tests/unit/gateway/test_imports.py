"""Imported postmortems at the front door: brought in one a request, and read like any other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain import answer
from services.gateway.domain.atom import Chosen
from services.gateway.domain.history import revision_of
from services.gateway.domain.insights import passage
from services.gateway.domain.view import View, project
from services.gateway.handlers.imports import EXAMPLE
from services.gateway.store import MongoLibrary
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.importing import ImportedFrom, ImportPostmortem, PostmortemImported, imported_id
from shared.contracts.values import Incident
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem

THEN = datetime(2021, 3, 4, 9, 14, tzinfo=UTC)
ORIGIN = ImportedFrom(source="2021/checkout.md", dated_at=THEN, at=NOW, by="admin@example.com")
INCIDENT = Incident(source="import", external_id="2021/checkout.md", started_at=THEN, resolved_at=THEN)
REPLY = Reply(data={"outcome": "created", "revision": 1, "content_hash": "x" * 64})


def an_import(revision: int = 1, **fields: Any) -> PostmortemImported:
    given: dict[str, Any] = {"revision": revision, "incident": INCIDENT, "imported": ORIGIN} | fields
    event: PostmortemImported = a_draft(PostmortemImported, **given)
    return event


def a_view(*events: PostmortemImported) -> View:
    view: View | None = None
    for n, event in enumerate(events):
        view = project(view, event, (NOW, str(n)))
    assert view
    return view


async def sent(door: Door, role: str = "admin", **fields: Any) -> Any:
    return await door.send("POST", "/v1/imports", role=role, json=EXAMPLE | fields)


async def test_what_a_file_tells_goes_to_drafting_under_an_id_that_follows_from_its_source() -> None:
    door = Door()
    door.messages.reply = REPLY
    answered = await sent(door)
    ((_, command),) = door.messages.said
    assert isinstance(command, ImportPostmortem)
    assert command.postmortem_id == imported_id(str(EXAMPLE["source"])) == answered.json()["id"]
    assert (command.report, command.sections[0].title) == ({"impact": "413 orders timed out.\n"}, "Impact")
    assert (command.sections[0].required, command.people[0].role) == (False, "author")
    assert answered.json()["outcome"] == "created"
    assert answered.json()["links"]["page"].endswith(f"/postmortems/{command.postmortem_id}")


@pytest.mark.parametrize("role", ["tool", "engineer", "reviewer"])
async def test_only_admins_import(role: str) -> None:
    assert is_problem(await sent(Door(), role), 403, "role-needed")


async def test_while_drafting_is_away_it_is_accepted_and_the_same_key_asks_again() -> None:
    door = Door()
    door.messages.reply = None
    headers = {"Idempotency-Key": "one-file"}
    first = await door.send("POST", "/v1/imports", role="admin", json=EXAMPLE, headers=headers)
    door.messages.reply = REPLY
    second = await door.send("POST", "/v1/imports", role="admin", json=EXAMPLE, headers=headers)
    assert (first.status_code, second.status_code) == (202, 200)
    status = await door.send("GET", first.headers["Location"], role="admin")
    assert (status.json()["status"], status.json()["result"]["outcome"]) == ("done", "created")
    door.views[imported_id(str(EXAMPLE["source"]))] = a_view(an_import(restricted=True, access=1))
    assert is_problem(await door.send("GET", first.headers["Location"], role="admin"), 404, "unknown-command")
    assert len({id for id, _ in door.messages.said}) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"sections": []}, "sections"),
        ({"sections": [{"name": "a", "title": "A"}, {"name": "a", "title": "B"}]}, "sections"),
        ({"sections": [{"name": "a", "title": "A", "text": "\x00"}]}, "sections.0.text"),
        ({"source": ""}, "source"),
        ({"started_at": "2021-03-04"}, "started_at"),
        ({"severity": "catastrophic"}, "severity"),
    ],
)
async def test_bad_fields_are_named(change: dict[str, Any], field: str) -> None:
    assert is_problem(await sent(Door(), **change), 422, "invalid-field", field)


async def test_a_refusal_names_what_was_found() -> None:
    door = Door()
    found = {"findings": [{"id": "4f9c2d17aa03be58", "section": "impact", "line": 1}]}
    refusal = Refusal(kind=Kind.INVALID, rule="secret-or-personal-data", detail="a token", field="title", data=found)
    door.messages.reply = Reply(refusal=refusal)
    answered = await sent(door)
    assert is_problem(answered, 422, "secret-or-personal-data", "title")
    assert answered.json()["findings"] == found["findings"]


async def test_it_is_listed_and_read_as_published_by_its_own_date_and_says_where_it_comes_from() -> None:
    door = Door(views={PM: a_view(an_import())})
    (listed,) = (await door.send("GET", "/v1/postmortems?status=published&timeliness=done")).json()["items"]
    assert (listed["status"], listed["timeliness"]) == ("published", "done")
    assert listed["created_at"] == "2021-03-04T09:14:00Z"
    assert listed["imported"]["source"] == "2021/checkout.md"
    whole = (await door.send("GET", f"/v1/postmortems/{PM}")).json()
    assert (whole["publication"], whole["review"]["state"], whole["meeting"]["status"]) == (None, "none", "none")


async def test_it_is_no_news_in_the_feed_of_publications() -> None:
    door = Door(views={PM: a_view(an_import())})
    assert not await door.library.published(seen_by="engineer@example.com", limit=10, chosen=Chosen())


def test_it_counts_in_no_figure_of_how_long_postmortems_take() -> None:
    assert passage(a_view(an_import())) is None


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_import_counts_in_whatever_order_they_come_also_when_it_tells_less(order: tuple[int, ...]) -> None:
    later = ORIGIN.model_copy(update={"dated_at": THEN + timedelta(days=1)})
    events = (
        an_import(1, title="First"),
        an_import(2, title="Second"),
        an_import(3, title="Third", imported=later, people=()),
    )
    view = a_view(*(events[n] for n in order))
    assert view.draft
    assert (view.draft.title, view.imported, view.created_at, view.people) == ("Third", later, later.dated_at, ())


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 2)), min_size=1).flatmap(
        lambda drawn: st.tuples(st.just(drawn), st.permutations(range(len(drawn))))
    )
)
def test_whatever_is_told_of_it_ends_in_the_same_view_in_whatever_order_it_comes(
    told: tuple[list[tuple[int, int, int]], list[int]],
) -> None:
    drawn, order = told
    facts = [
        (
            an_import(
                revision,
                title=f"Title {n}",
                access=access,
                restricted=access == 1,
                people=[{"name": f"Person {n}"}] * size,
                imported=ORIGIN.model_copy(update={"dated_at": THEN + timedelta(days=n)}),
            ),
            (NOW + timedelta(seconds=size), f"e-{n}"),
        )
        for n, (revision, access, size) in enumerate(drawn)
    ]
    views: list[View | None] = [None, None]
    for number, facts_in_order in enumerate((facts, [facts[n] for n in order])):
        for event, stamp in facts_in_order:
            views[number] = project(views[number], event, stamp)
    assert views[0] == views[1]


def test_who_may_see_it_counts_by_its_own_number() -> None:
    closed = an_import(1, restricted=True, access=2)
    for events in ((an_import(2, access=1), closed), (closed, an_import(2, access=1))):
        view = a_view(*events)
        assert view.draft
        assert (view.draft.revision, view.draft.restricted) == (2, True)


def test_its_history_names_the_file() -> None:
    revision = revision_of(an_import(), (NOW, "e-1"))
    assert (revision.at, revision.by, revision.note) == (NOW, "admin@example.com", "imported from 2021/checkout.md")


def test_nothing_is_due_of_it_in_the_store() -> None:
    found = MongoLibrary.find(object.__new__(MongoLibrary), a_view(an_import()))
    assert "deadline" not in found
    assert "published_at" not in found


def test_a_view_from_before_has_no_such_facet() -> None:
    known = a_view(an_import()).model_dump(exclude={"imported"})
    view = View.model_validate(known)
    assert view.imported is None
    assert view.draft
    assert answer.summary(view, view.draft, "https://afterword.example.com", NOW).imported is None
