"""Through the door nobody finds a restricted postmortem who is not named in it, whatever they try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.restriction import sees
from services.gateway.domain.view import View, project
from services.gateway.handlers import ROUTERS
from services.gateway.ports import Deps
from shared.contracts import events as said
from shared.contracts.base import BaseMessage, Message, derived_id, postmortem_id
from shared.contracts.commands import RevisePostmortem
from shared.contracts.decision import Reply
from shared.contracts.values import Approval, AskedReviewer
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, FakeMessages, is_problem

NOBODY = postmortem_id("x", "nothing")
PATH = f"/v1/postmortems/{PM}"
CLOSED: dict[str, Any] = {"restricted": True, "readers": ("reader@example.com",), "tags": ("dns",), "access": 1}
STRANGERS = ("engineer", "reviewer", "admin")
ETAG = f'"1-{a_draft(said.DraftCreated).content_hash[:16]}"'
REQUESTS: dict[tuple[str, str], dict[str, Any]] = {
    ("PATCH", ""): {"json": {"title": "Mine"}, "headers": {"If-Match": ETAG}},
    ("POST", "/reviews"): {"json": {"revision": 1, "verdict": "approve"}},
    ("POST", "/reviewers/decline"): {"json": {"reason": "I wrote it."}},
    ("POST", "/reviewers/hand-over"): {"json": {"to": "a@example.com", "reason": "You know it."}},
    ("POST", "/skip"): {"json": {"reason": "A drill."}},
    ("POST", "/require"): {"json": {"reason": "No drill."}},
    ("POST", "/corrections"): {"json": {"note": "Wrong."}, "headers": {"If-Match": ETAG}},
    ("DELETE", "/corrections/current"): {"headers": {"If-Match": ETAG}},
    ("POST", "/action-items"): {"json": {"text": "x", "owner": {"name": "A", "email": "a@example.com"}}},
    ("PATCH", f"/action-items/{NOBODY}"): {"json": {"state": "done"}, "headers": {"If-Match": "*"}},
    ("PUT", f"/remarks/{'0' * 16}/dismissal"): {"json": {"reason": "A quotation."}},
    ("PUT", "/meeting/notes"): {"json": {"notes": "Alert on the pool."}},
    ("DELETE", "/reviews/mine"): {"params": {"reason": "Read the log."}},
    ("POST", f"/threads/{NOBODY}/replies"): {"json": {"text": "413 of them."}},
    ("POST", "/incidents"): {"json": {"postmortem_id": NOBODY}},
    ("POST", "/meeting/reschedule"): {"json": {"start": "2026-03-05T09:00:00Z"}},
}
"""What a route under a postmortem needs to be asked well; a route that needs nothing is not here."""
PARTS = {"number": "1", "item_id": NOBODY, "merged_id": NOBODY, "remark": "0" * 16, "thread": NOBODY}
"""What stands in the other places of a path."""


def access(**fields: Any) -> said.AccessChanged:
    event: said.AccessChanged = a_draft(
        said.AccessChanged, changed_at=NOW, changed_by="owner@example.com", **(CLOSED | fields)
    )
    return event


def a_view(*facts: Message) -> View:
    view: View | None = None
    for n, fact in enumerate(facts):
        view = project(view, fact, (NOW, f"e-{n}"))
    assert view
    return view


def a_door(**fields: Any) -> Door:
    return Door(views={PM: a_view(a_draft(said.DraftCreated), access(**fields))})


def routes() -> Iterator[tuple[str, str]]:
    """Every route under a postmortem, with its method; those that are still to come as well."""
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, APIRoute) and route.path.startswith("/v1/postmortems/{id}"):
            for method in sorted(route.methods or ()):
                yield method, route.path.removeprefix("/v1/postmortems/{id}").format(**PARTS)


def without_names(answer: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Return an answer without what is another one for each request."""
    body = {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "ratelimit")}
    headers.pop("content-length")  # the instance has the id of the command in it
    return answer.status_code, body, headers


def test_the_routes_under_a_postmortem_are_found() -> None:
    assert {("GET", ""), ("PATCH", ""), ("POST", "/publish"), ("GET", "/meeting")} <= set(routes())


@pytest.mark.parametrize("role", STRANGERS)
@pytest.mark.parametrize(("method", "rest"), list(routes()))
async def test_every_route_answers_who_is_not_named_as_if_there_were_no_such_postmortem(
    method: str, rest: str, role: str
) -> None:
    door = a_door()
    how = REQUESTS.get((method, rest), {})
    answers = [await door.send(method, f"/v1/postmortems/{id}{rest}", role=role, **how) for id in (PM, NOBODY)]
    assert is_problem(answers[0], 404, "unknown-postmortem"), "does the route need an entry in REQUESTS?"
    assert without_names(answers[0]) == without_names(answers[1])
    assert len(answers[0].content) == len(answers[1].content)
    assert door.messages.said == []


@pytest.mark.parametrize(("method", "rest"), list(routes()))
async def test_every_route_lets_a_reader_through(method: str, rest: str) -> None:
    door = a_door(readers=("engineer@example.com",))
    answer = await door.send(method, PATH + rest, **REQUESTS.get((method, rest), {}))
    assert "/problems/unknown-postmortem" not in answer.text


@pytest.mark.parametrize("role", STRANGERS)
async def test_neither_an_open_nor_a_wrong_condition_nor_a_wrong_etag_tells_it(role: str) -> None:
    door = a_door()
    for headers in ({}, {"If-Match": "*"}, {"If-Match": '"x"'}):
        assert is_problem(
            await door.send("PATCH", PATH, json={}, role=role, headers=headers), 404, "unknown-postmortem"
        )
    for headers in ({"If-None-Match": "*"}, {"If-None-Match": ETAG}):
        assert is_problem(await door.send("GET", PATH, role=role, headers=headers), 404, "unknown-postmortem")
    assert (await door.send("HEAD", PATH, role=role)).status_code == 404


async def test_an_idempotency_key_that_was_used_before_tells_nothing_afterwards() -> None:
    door = Door(views={PM: a_view(a_draft(said.DraftCreated))})
    key = {"Idempotency-Key": "k"}
    first = {"revision": 1, "verdict": "approve"}
    assert (await door.send("POST", f"{PATH}/reviews", json=first, headers=key)).status_code == 200
    door.views[PM] = a_view(a_draft(said.DraftCreated), access())
    until = NOW.replace(year=2030)
    door.commands.busy = dict.fromkeys(door.commands.given, until)
    for verdict in (first, {**first, "revision": 2}):
        answer = await door.send("POST", f"{PATH}/reviews", json=verdict, headers=key)
        assert is_problem(answer, 404, "unknown-postmortem")


async def test_what_became_of_a_request_is_unknown_when_its_postmortem_is_restricted_since() -> None:
    door = Door(views={PM: a_view(a_draft(said.DraftCreated))})
    door.messages.reply = None
    address = (
        (await door.send("POST", f"{PATH}/submit")).headers["Location"].removeprefix("https://afterword.example.com")
    )
    assert (await door.send("GET", address)).json()["status"] == "accepted"
    door.views[PM] = a_view(a_draft(said.DraftCreated), access())
    door.messages.reply = Reply(data={"revision": 1})
    hidden = await door.send("GET", address)
    unknown = await door.send("GET", f"/v1/commands/{derived_id('no', 'command')}")
    assert is_problem(hidden, 404, "unknown-command")
    assert without_names(hidden) == without_names(unknown)


async def test_tags_restriction_and_readers_are_asked_for_and_shown() -> None:
    door = a_door(readers=("engineer@example.com",))
    change = {"tags": ["dns"], "restricted": True, "readers": ["Engineer@example.com"]}
    answer = await door.send("PATCH", PATH, json=change, headers={"If-Match": ETAG})
    ((_, command),) = door.messages.said
    assert isinstance(command, RevisePostmortem)
    assert (command.tags, command.restricted, command.readers) == (("dns",), True, ("engineer@example.com",))
    assert command.title is None
    shown = answer.json()
    assert (shown["tags"], shown["restricted"], shown["readers"]) == (["dns"], True, ["engineer@example.com"])


@pytest.mark.parametrize("change", [{"tags": None}, {"restricted": "perhaps"}, {"readers": ["nobody"]}])
async def test_a_wrong_tag_or_reader_is_named(change: dict[str, Any]) -> None:
    door = Door(views={PM: a_view(a_draft(said.DraftCreated))})
    answer = await door.send("PATCH", PATH, json=change, headers={"If-Match": ETAG})
    assert answer.status_code == 422
    assert answer.json()["field"].split(".")[0] in change


async def test_who_closes_it_for_themselves_is_told_that_it_is_done_and_sees_no_more() -> None:
    door = Door(views={PM: a_view(a_draft(said.DraftCreated))})

    class Drafting(FakeMessages):
        """Is heard by the library as soon as it answers."""

        async def ask(self, id: str, command: BaseMessage, patience: float) -> Reply | None:
            door.views[PM] = a_view(a_draft(said.DraftCreated), access())
            return await super().ask(id, command, patience)

    deps: Deps = door.app.state.deps
    door.app.state.deps = replace(deps, messages=Drafting())
    answer = await door.send("PATCH", PATH, json={"restricted": True}, role="admin", headers={"If-Match": ETAG})
    assert (answer.status_code, answer.content) == (204, b"")
    assert is_problem(await door.send("GET", PATH, role="admin"), 404, "unknown-postmortem")


@pytest.mark.parametrize("role", STRANGERS)
@pytest.mark.parametrize(
    "query", ["", "?q=checkout", "?tag=dns", "?severity=sev2", "?status=draft", "?service=checkout"]
)
async def test_no_list_and_no_search_shows_it(query: str, role: str) -> None:
    door = a_door()
    answer = await door.send("GET", f"/v1/postmortems{query}", role=role)
    assert answer.json() == {"items": [], "next_cursor": None, "did_you_mean": None}
    named = a_door(readers=(f"{role}@example.com",))
    assert len((await named.send("GET", f"/v1/postmortems{query}", role=role)).json()["items"]) == 1


ROSA = AskedReviewer(name="rosa", email="rosa@example.com")
FACTS: tuple[Message, ...] = (
    a_draft(said.DraftCreated),
    a_draft(said.DraftRevised, revision=2, status="draft", revised_at=NOW, revised_by="a"),
    access(revision=2),
    a_draft(said.ReviewRequested, revision=2, requested_at=NOW, requested_by="a@example.com"),
    said.ReviewersAssigned(postmortem_id=PM, revision=2, reviewers=(ROSA,), assigned_at=NOW),
    a_draft(said.DraftRevised, revision=3, status="draft", revised_at=NOW, revised_by="a", **(CLOSED | {"access": 2})),
    a_draft(
        said.ReviewApproved,
        revision=2,
        approvals=(Approval(name="rosa", email="rosa@example.com", at=NOW),),
        reviewers=(ROSA,),
    ),
    said.MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW),
)


@given(st.permutations(FACTS))
def test_once_it_is_closed_nobody_unnamed_sees_it_in_whatever_order_the_facts_come(order: list[Message]) -> None:
    for n in range(1, len(order) + 1):
        view, heard = a_view(*order[:n]), order[:n]
        is_closed = any(isinstance(fact, said.Snapshot) and fact.restricted for fact in heard)
        assert sees("stranger@example.com", view) == (view.draft is not None and not is_closed)
        assert view.draft is None or sees("owner@example.com", view)
    whole = a_view(*order)
    assert sees("rosa@example.com", whole)
    assert sees("reader@example.com", whole)
    assert whole.draft
    assert (whole.draft.revision, whole.draft.access, whole.draft.tags) == (3, 2, ("dns",))
