"""Who may do what, held against what the rooms say and hear."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from deploy.operate.declared import declared
from deploy.operate.permissions import NAMELESS, OPERATOR, ROOMS, SAYS, TOOLS, detours, gives, rights
from shared.contracts import COMMANDS, EVENTS
from shared.messaging import topology

SERVICES = Path(__file__).resolve().parents[3] / "services"
CLASSES = {cls.__name__: name for name, cls in EVENTS.items()}


def code(room: str) -> dict[str, str]:
    folder = SERVICES / room
    return {
        ".".join(path.relative_to(folder).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.py")
    }


def said_in(room: str) -> set[str]:
    """The events that a room's code makes in so many words: every call of an event's class, or of what it offers."""
    found = set()
    for text in code(room).values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
                if isinstance(called, ast.Name) and called.id in CLASSES:
                    found.add(CLASSES[called.id])
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_may_say_what_it_tells_that_it_says(room: str) -> None:
    told = re.search(r"\b[Ss]ays ([^.]+)\.", ast.get_docstring(ast.parse(code(room)["__init__"])) or "")
    assert told
    assert set(SAYS[room]) == {CLASSES[word] for word in re.findall(r"\w+", told[1]) if word in CLASSES}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_may_say_what_its_code_makes(room: str) -> None:
    assert said_in(room) <= set(SAYS[room])


@pytest.mark.parametrize("name", [name for name in EVENTS if name != "IncidentReported.v1"])
def test_an_event_is_said_by_the_room_that_its_contract_names(name: str) -> None:
    named = re.search(r"Said by (\w+)", EVENTS[name].__doc__ or "")
    assert named
    assert [user for user, names in SAYS.items() if name in names] == [named[1]]


def test_incidents_are_said_by_tools_and_by_the_gateway_for_them() -> None:
    assert [user for user, names in SAYS.items() if "IncidentReported.v1" in names] == ["gateway", TOOLS]


def test_every_command_is_given_by_one_room() -> None:
    given = [name for room in ROOMS for name in gives(room)]
    assert sorted(given) == sorted(COMMANDS)
    assert gives("calendar") == ("calendar.WriteMeeting.v1",)
    assert gives("review") == ()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_reads_its_own_queues_and_no_others(room: str) -> None:
    for other in ROOMS:
        for queue, _, _ in topology.bindings(other):
            assert bool(re.search(rights(room).read, queue)) is (other == room)
            assert not re.search(rights(room).read, topology.parking_of(queue))
    assert not re.search(rights(room).read, topology.LOG)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_makes_nothing_but_the_gateway_its_reply_queue(room: str) -> None:
    plan = declared()
    for name in (*plan.exchanges, *(queue.name for queue in plan.queues)):
        assert not re.search(rights(room).configure, name)
    assert bool(re.search(rights(room).configure, f"{room}.replies.1")) is (room == "gateway")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_s_keys_take_its_own_words_alone(room: str) -> None:
    keys = {exchange: re.compile(pattern) for exchange, pattern in rights(room).writes.items()}
    allowed = {*SAYS[room], *gives(room)}
    for name in (*EVENTS, *COMMANDS, "ReviewApproved.v10", "xReviewApproved.v1"):
        exchange = topology.exchange_of(name)
        assert bool(exchange in keys and keys[exchange].search(name)) is (name in allowed), name


def test_a_room_waits_and_parks_for_itself_and_the_gateway_for_what_webhooks_sent() -> None:
    keys = rights("gateway").writes
    assert re.search(keys[topology.waiting(500)], "gateway.Published.v1")
    assert not re.search(keys[topology.waiting(500)], "drafting.IncidentReported.v1")
    assert re.search(keys[topology.PARKING], "drafting.IncidentReported.v1")
    assert not re.search(keys[topology.PARKING], "drafting.Published.v1")
    assert not re.search(rights("review").writes[topology.PARKING], "drafting.IncidentReported.v1")


def test_incident_tools_may_report_incidents_and_nothing_else() -> None:
    assert rights(TOOLS).writes == {topology.INCIDENTS: r"^(IncidentReported\.v1)$"}
    assert (rights(TOOLS).configure, rights(TOOLS).read) == ("^$", "^$")
    assert detours(TOOLS, declared().exchanges) == ()


def test_every_way_that_a_user_may_write_is_narrowed_by_topic() -> None:
    kinds = declared().exchanges
    users = (*ROOMS, TOOLS)
    assert {user: detours(user, kinds) for user in users} == dict.fromkeys(users, ())
    assert detours("review", {**kinds, topology.PARKING: "direct"}) == (topology.PARKING,)


def test_the_operator_reads_what_is_parked_and_nothing_else_and_says_no_event() -> None:
    may = rights(OPERATOR)
    for queue in declared().queues:
        assert bool(re.search(may.read, queue.name)) is queue.name.startswith("parking.")
    assert (may.configure, may.write) == ("^$", r"^(amq\.default)$")
    assert detours(OPERATOR, declared().exchanges) == (NAMELESS,)
