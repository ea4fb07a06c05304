"""Action items at the door: added, read, changed under their ETag, and listed across postmortems."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.gateway.domain import hooks
from services.gateway.domain.hooks.hook import TOLD as ALL
from services.gateway.domain.view import View, project
from shared.contracts.action_items import ActionItem
from shared.contracts.base import Severity, derived_id, postmortem_id
from shared.contracts.commands import AddActionItem, ChangeActionItem
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.events import ActionItemAdded, ActionItemChanged, DraftCreated
from tests.helpers.builders import NOW, PM, a_draft, an_item
from tests.helpers.front_door import Door, FakeMessages, is_problem
from tests.helpers.watching import hear

TOLD = (ActionItemAdded, ActionItemChanged)
ITEMS = f"/v1/postmortems/{PM}/action-items"
ITEM = an_item(tracker_url="https://tracker.example.com/1")
ONE = f"{ITEMS}/{ITEM.id}"
LIST = "/v1/action-items"
SHOWN = {**ITEM.model_dump(mode="json"), "advice": [], "labels": ["sev2", "sev2_20260302"]}
NEW = {"text": "Set the size of the pool", "owner": {"name": "Ada Moreno", "email": "Ada@Example.com"}}


def a_view(*items: ActionItem, id: str = PM, **fields: Any) -> View:
    view = project(None, a_draft(DraftCreated, postmortem_id=id, **fields), (NOW, "e-1"))
    for n, item in enumerate(items):
        view = project(view, ActionItemAdded(postmortem_id=id, item=item), (NOW, f"i-{n}"))
    return view


@pytest.fixture
def door() -> Door:
    return Door(FakeMessages(reply=Reply(data=ITEM.model_dump(mode="json"))), {PM: a_view(ITEM)})


async def read_tag(door: Door) -> str:
    return str((await door.send("GET", ONE)).headers["ETag"])


async def test_a_new_item_is_created_with_its_address_and_its_tag(door: Door) -> None:
    body = {**NEW, "due": "2026-04-01T12:00:00+02:00", "priority": "p0", "kind": "detect"}
    answer = await door.send("POST", ITEMS, json=body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()) == (201, SHOWN)
    assert answer.headers["Location"] == f"https://afterword.example.com{ONE}"
    assert answer.headers["ETag"] == await read_tag(door)
    ((_, command),) = door.messages.said
    assert isinstance(command, AddActionItem)
    assert (command.owner.email, command.priority, command.kind) == ("ada@example.com", "p0", "detect")
    assert command.due
    assert command.due.isoformat() == "2026-04-01T10:00:00+00:00"


async def test_what_is_left_out_is_the_usual_and_a_date_lasts_until_its_end(door: Door) -> None:
    for body, due in ((NEW, None), ({**NEW, "due": "2026-03-31"}, "2026-03-31T23:59:59+00:00")):
        await door.send("POST", ITEMS, json=body)
        _, command = door.messages.said[-1]
        assert isinstance(command, AddActionItem)
        assert (command.priority, command.kind, command.tracker_url) == ("p1", "prevent", None)
        assert (command.due.isoformat() if command.due else None) == due


async def test_the_same_key_is_one_command_and_so_one_item(door: Door) -> None:
    for _ in range(2):
        assert (await door.send("POST", ITEMS, json=NEW, headers={"Idempotency-Key": "k"})).status_code == 201
    assert len({id for id, _ in door.messages.said}) == 1
    other = await door.send("POST", ITEMS, json={**NEW, "text": "Other"}, headers={"Idempotency-Key": "k"})
    assert is_problem(other, 422, "idempotency-key-reused", "Idempotency-Key")


async def test_items_are_read_one_by_one_and_together_and_with_their_postmortem(door: Door) -> None:
    assert (await door.send("GET", ITEMS)).json() == {"items": [SHOWN]}
    assert (await door.send("GET", ONE)).json() == SHOWN
    assert (await door.send("GET", f"/v1/postmortems/{PM}")).json()["action_items"] == [SHOWN]
    again = await door.send("GET", ONE, headers={"If-None-Match": await read_tag(door)})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("form", ["{}", '"x", {}', "*"])
async def test_a_change_of_what_was_read_is_let_through(door: Door, form: str) -> None:
    tag = await read_tag(door)
    body = {"state": "wont_do", "reason": "Switched off.", "tracker_url": None, "due": "2026-05-01"}
    answer = await door.send("PATCH", ONE, json=body, headers={"If-Match": form.format(tag)})
    assert answer.status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, ChangeActionItem)
    assert (command.item_id, command.base_version, command.state) == (ITEM.id, 1, "wont_do")
    assert (command.reason, command.tracker_url, command.text) == ("Switched off.", "", None)


@pytest.mark.parametrize("stale", ['"x"', '"v1-0000000000000000"', '"v0-0000000000000000"', 'W/"v2-0000000000000000"'])
async def test_a_change_of_anything_else_is_refused_with_the_current_version(door: Door, stale: str) -> None:
    answer = await door.send("PATCH", ONE, json={"text": "x"}, headers={"If-Match": stale})
    assert is_problem(answer, 412, "stale-version", "If-Match")
    assert (answer.json()["version"], door.messages.said) == (1, [])
    assert is_problem(await door.send("PATCH", ONE, json={"text": "x"}), 428, "if-match-required", "If-Match")


async def test_a_version_that_the_library_does_not_know_yet_is_for_its_owner_to_judge(door: Door) -> None:
    newer = '"v2-0000000000000000"'
    assert (await door.send("PATCH", ONE, json={"text": "x"}, headers={"If-Match": newer})).status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, ChangeActionItem)
    assert command.base_version == 2
    stale = Refusal(kind=Kind.STALE, rule="stale-version", field="If-Match", detail="No.", data={"version": 3})
    door.messages.reply = Reply(refusal=stale)
    answer = await door.send("PATCH", ONE, json={"text": "x"}, headers={"If-Match": newer})
    assert is_problem(answer, 412, "stale-version", "If-Match")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": None}, "text"),
        ({"text": "x" * 1001}, "text"),
        ({"owner": {"name": "A"}}, "owner.email"),
        ({"priority": "p9"}, "priority"),
        ({"tracker_url": "javascript:1"}, "tracker_url"),
        ({"version": 1}, "version"),
    ],
)
async def test_a_wrong_field_is_named(door: Door, body: dict[str, Any], field: str) -> None:
    added = await door.send("POST", ITEMS, json={**NEW, **body})
    assert is_problem(added, 422, "invalid-field", field)
    changed = await door.send("PATCH", ONE, json=body, headers={"If-Match": "*"})
    assert is_problem(changed, 422, "invalid-field", field)
    assert door.messages.said == []


async def test_a_due_date_that_is_none_is_named(door: Door) -> None:
    wrong: tuple[Any, ...] = ("tomorrow", "2026-02-30", "2026-04-01T12:00:00", {}, 0, "0", 1.5, "1774958399")
    for due in wrong:
        answer = await door.send("POST", ITEMS, json={**NEW, "due": due})
        assert answer.status_code == 422
        assert answer.json()["field"].startswith("due")


async def test_what_is_not_there_is_not_found_and_tools_may_not(door: Door) -> None:
    for path in (f"{ITEMS}/{derived_id('other')}", ONE.replace(PM, postmortem_id("x", "y"))):
        rule = "unknown-action-item" if PM in path else "unknown-postmortem"
        assert is_problem(await door.send("GET", path), 404, rule)
        patched = await door.send("PATCH", path, json={"text": "x"}, headers={"If-Match": "*"})
        assert is_problem(patched, 404, rule)
    for method, path in (("GET", ITEMS), ("GET", LIST), ("POST", ITEMS)):
        assert is_problem(await door.send(method, path, role="tool", json=NEW), 403, "role-needed")


async def test_what_nobody_answers_yet_is_done_later(door: Door) -> None:
    door.messages.reply = None
    added = await door.send("POST", ITEMS, json=NEW)
    changed = await door.send("PATCH", ONE, json={"text": "x"}, headers={"If-Match": "*"})
    assert [added.status_code, changed.status_code] == [202, 202]
    assert "/v1/commands/" in added.headers["Location"]


def test_of_two_words_about_an_item_the_higher_version_counts() -> None:
    second = ActionItemChanged(postmortem_id=PM, item=an_item(version=2, text="Better"))
    facts = [ActionItemAdded(postmortem_id=PM, item=ITEM), second, a_draft(DraftCreated)]
    for order in permutations(facts):
        view = None
        for event in order:
            view = project(view, event, (NOW, event.name))
        assert view
        assert [item.text for item in view.action_items] == ["Better"]


def spread() -> Door:
    """Three postmortems with items of different people, states and due dates."""
    views = []
    for n, severity in enumerate((Severity.SEV1, Severity.SEV2, Severity.SEV2)):
        owner = {"name": "E", "email": ("engineer@example.com", "ada@example.com")[n % 2]}
        items = [
            an_item(id=derived_id(str(n), str(m)), due=NOW + timedelta(days=days), owner=owner, state=state)
            for m, (days, state) in enumerate([(-1, "open"), (-2, "done"), (5, "in_progress")])
        ]
        views.append(a_view(*items, id=postmortem_id("x", str(n)), severity=severity, services=(f"s{n}",)))
    return Door(views={view.id: view for view in views})


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 9),
        ("owner=me", 6),
        ("owner=ADA@example.com", 3),
        ("state=done", 3),
        ("overdue=true", 3),
        ("overdue=false", 6),
        ("severity=sev1", 3),
        ("service=s1&state=open", 1),
        ("owner=nobody@example.com", 0),
    ],
)
async def test_items_across_postmortems_are_found_by_what_they_are_asked_for(query: str, count: int) -> None:
    items = (await spread().send("GET", f"{LIST}?{query}")).json()["items"]
    assert len(items) == count
    assert [i["due"] for i in items] == sorted(i["due"] for i in items)
    for item in items:
        assert set(item["postmortem"]) == {"id", "title", "severity", "services"}
        ActionItem.model_validate(item)


async def test_pages_lead_through_the_whole_list_by_their_links() -> None:
    door = spread()
    whole = [item["id"] for item in (await door.send("GET", f"{LIST}?owner=me")).json()["items"]]
    seen, path = [], f"{LIST}?owner=me&limit=2"
    while path:
        answer = await door.send("GET", path)
        seen += [item["id"] for item in answer.json()["items"]]
        link = answer.headers.get("Link", "").partition(";")[0].strip("<>")
        path = f"{urlsplit(link).path}?{urlsplit(link).query}" if link else ""
    assert seen == whole


async def test_a_cursor_is_good_for_its_own_list_alone() -> None:
    door = spread()
    cursor = (await door.send("GET", f"{LIST}?limit=2")).json()["next_cursor"]
    for path in (f"{LIST}?state=open&cursor={cursor}", f"{LIST}?cursor=x", f"/v1/postmortems?cursor={cursor}"):
        assert is_problem(await door.send("GET", path), 422, "invalid-field", "cursor")
    mine = (await door.send("GET", f"{LIST}?owner=me&limit=2")).json()["next_cursor"]
    other = await door.send("GET", f"{LIST}?owner=me&limit=2&cursor={mine}", role="admin")
    assert is_problem(other, 422, "invalid-field", "cursor")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [("state=x", "state"), ("overdue=x", "overdue"), ("limit=0", "limit"), ("severity=x", "severity")],
)
async def test_a_wrong_filter_is_named(wrong: str, field: str) -> None:
    assert is_problem(await spread().send("GET", f"{LIST}?{wrong}"), 422, "invalid-field", field)


async def test_items_of_a_restricted_postmortem_are_for_those_who_are_named() -> None:
    door = Door(views={PM: a_view(ITEM, restricted=True, readers=("reviewer@example.com",))})
    counts = {r: len((await door.send("GET", LIST, role=r)).json()["items"]) for r in ("reviewer", "engineer", "admin")}
    assert counts == {"reviewer": 1, "engineer": 0, "admin": 0}


async def test_what_becomes_of_an_item_is_told_to_those_who_watch_and_no_subscriber_is_called() -> None:
    door = Door()
    await hear(door.deps, a_draft(DraftCreated), *[fact(postmortem_id=PM, item=ITEM) for fact in TOLD])
    found = [(noted.name, noted.postmortem_id) for _, noted in await door.feed.after(0, 10)]
    assert found == [("DraftCreated.v1", PM), *((fact.name, PM) for fact in TOLD)]
    everything = hooks.Hook(name="all", url="https://example.com/", events=ALL)
    for fact in TOLD:
        assert hooks.calls(fact(postmortem_id=PM, item=ITEM), "e-1", NOW, [everything], NOW) == ()


ADVICE = {"rule": "no-end", "reason": "No end.", "hint": "Say how far."}


async def test_advice_on_an_item_is_shown_wherever_the_item_is() -> None:
    item = an_item(advice=[ADVICE])
    advised = Door(FakeMessages(reply=Reply(data=item.model_dump(mode="json"))), {PM: a_view(item)})
    answers = [
        await advised.send("POST", ITEMS, json=NEW, headers={"Idempotency-Key": "k"}),
        await advised.send("PATCH", ONE, json={"text": "x"}, headers={"If-Match": "*"}),
        await advised.send("GET", ONE),
    ]
    assert [answer.json()["advice"] for answer in answers] == [[ADVICE]] * 3
    assert (await advised.send("GET", LIST)).json()["items"][0]["advice"] == [ADVICE]


@pytest.mark.parametrize(
    ("incident", "labels"),
    [
        ({"started_at": "2026-03-01T23:30:00-02:00", "resolved_at": None}, ["sev1", "sev1_20260302"]),
        ({"started_at": None, "resolved_at": "2026-03-02T12:00:00Z"}, ["sev1", "sev1_20260302"]),
        ({"started_at": None, "resolved_at": None}, ["sev1"]),
    ],
)
async def test_an_item_has_the_labels_of_its_incident_wherever_it_is_shown(
    incident: dict[str, Any], labels: list[str]
) -> None:
    given = {"source": "pagerduty", "external_id": "Q2HJ7K", **incident}
    labelled = Door(FakeMessages(), {PM: a_view(ITEM, severity="sev1", incident=given)})
    assert (await labelled.send("GET", ONE)).json()["labels"] == labels
    assert (await labelled.send("GET", LIST)).json()["items"][0]["labels"] == labels
