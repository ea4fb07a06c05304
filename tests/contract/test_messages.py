"""The messages: schemas change only on purpose, and everything ever said can still be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import COMMANDS, EVENTS, MESSAGES
from shared.messaging.envelope import Unreadable, read
from tests.contract.record import ROOT, schema_file, schema_text

EXAMPLES = sorted((ROOT / "examples").glob("*.json"))


@pytest.mark.parametrize("name", MESSAGES)
def test_a_changed_schema_is_recorded_on_purpose(name: str) -> None:
    recorded = schema_file(name).read_text(encoding="utf-8")
    assert recorded == schema_text(MESSAGES[name]), (
        f"{name} has changed: if it may (only optional additions), make schemas"
    )


def test_no_schema_is_left_over() -> None:
    assert {path.stem for path in (ROOT / "schemas").glob("*.json")} == set(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_has_an_example(name: str) -> None:
    assert any(path.stem == name or path.stem.startswith(f"{name}.") for path in EXAMPLES)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_ever_committed_can_be_read(path: Path) -> None:
    name = next(name for name in MESSAGES if path.stem == name or path.stem.startswith(f"{name}."))
    message = MESSAGES[name].model_validate_json(path.read_bytes())
    assert holds(json.loads(message.model_dump_json()), json.loads(path.read_bytes()))


def holds(now: Any, before: Any) -> bool:
    """Say whether everything that was said is still there; what values have gained since is no matter."""
    if isinstance(before, dict):
        return all(key in now and holds(now[key], value) for key, value in before.items())
    if isinstance(before, list):
        return len(now) == len(before) and all(map(holds, now, before))
    return bool(now == before)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_hearer_ignores_what_a_newer_sayer_adds(path: Path) -> None:
    name = next(name for name in MESSAGES if path.stem == name or path.stem.startswith(f"{name}."))
    newer = json.loads(path.read_bytes()) | {"added_in_the_future": {"x": 1}}
    heard = read(json.dumps(newer).encode(), {"ce-type": name, "ce-id": "1"}, message_id=None, routing_key=name)
    assert heard.data == MESSAGES[name].model_validate_json(path.read_bytes())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_missing_required_field_is_named(path: Path) -> None:
    name = next(name for name in MESSAGES if path.stem == name or path.stem.startswith(f"{name}."))
    required = [field for field in MESSAGES[name].model_json_schema()["required"] if field != "postmortem_id"]
    for field in required:
        broken = json.loads(path.read_bytes())
        del broken[field]
        with pytest.raises(Unreadable, match=field):
            read(json.dumps(broken).encode(), {"ce-id": "1"}, message_id=None, routing_key=name)


def test_an_event_is_addressed_by_its_wire_name_and_a_command_by_its_room() -> None:
    assert all(name.count(".") == 1 for name in EVENTS)
    assert all(name.count(".") == 2 for name in COMMANDS)


def test_a_message_without_an_id_is_refused() -> None:
    with pytest.raises(Unreadable, match="ce-id"):
        read(b"{}", {}, message_id=None, routing_key="DraftCreated.v1")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_message_is_refused_and_nothing_else_happens(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body, {"ce-id": "1"}, message_id=None, routing_key="DraftCreated.v1")


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(Unreadable, match=r"Gossip\.v1"):
        read(b"{}", {"ce-id": "1"}, message_id=None, routing_key="Gossip.v1")
