"""The document that an administrator imports."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from deploy.local.errors import LocalError
from deploy.operate.declared import Binding, declared
from deploy.operate.definitions import COMMITTED, USERS, as_text, definitions, hashed, main, with_passwords
from shared.messaging import topology


def test_the_committed_document_is_the_generated_one() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == as_text(definitions()), "python -m deploy.operate.definitions"


def test_what_is_declared_is_known_whole() -> None:
    plan = declared()
    names = [queue.name for queue in plan.queues]
    assert len(names) == len(set(names))
    for room in topology.HEARS:
        for queue, exchange, key in topology.bindings(room):
            assert Binding(exchange, queue, key) in plan.bindings
            assert Binding(topology.PARKING, topology.parking_of(queue), queue) in plan.bindings
    assert {each.exchange for each in plan.bindings} <= set(plan.exchanges)


def test_a_binding_leads_from_what_is_there_to_what_is_there() -> None:
    document = definitions()
    exchanges = {each["name"] for each in document["exchanges"]}
    queues = {each["name"] for each in document["queues"]}
    assert all(each["source"] in exchanges and each["destination"] in queues for each in document["bindings"])


def test_nobody_gets_in_without_a_password_of_their_own() -> None:
    assert [user["password_hash"] for user in definitions()["users"]] == [""] * len(USERS)


def test_a_password_is_kept_as_a_salted_hash() -> None:
    whole = base64.b64decode(hashed("secret", b"salt"))
    assert whole == b"salt" + hashlib.sha256(b"saltsecret").digest()
    assert hashed("secret") != hashed("secret")


def test_passwords_are_for_every_user_and_nobody_else() -> None:
    names = [user["name"] for user in definitions()["users"]]
    document = with_passwords(definitions(), dict.fromkeys(names, "secret"))
    assert all(user["password_hash"] for user in document["users"])
    with pytest.raises(LocalError, match=r"afterword\.tools has none"):
        with_passwords(definitions(), dict.fromkeys(names[:-1], "secret"))
    with pytest.raises(LocalError, match="there is no user admin"):
        with_passwords(definitions(), dict.fromkeys([*names, "admin"], "secret"))


def test_passwords_are_never_written_to_the_committed_file(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords.json"
    passwords.write_text(json.dumps({f"afterword.{user}": "secret" for user in USERS}))
    with pytest.raises(SystemExit, match="name another one with --to"):
        main(["--passwords", str(passwords)])
    with pytest.raises(SystemExit, match="there is no file"):
        main(["--passwords", str(tmp_path / "none"), "--to", str(tmp_path / "private.json")])
    main(["--passwords", str(passwords), "--to", str(tmp_path / "private.json"), "--vhost", "incidents"])
    written = json.loads((tmp_path / "private.json").read_text())
    assert written["vhosts"] == [{"name": "incidents"}]
    assert (tmp_path / "private.json").stat().st_mode & 0o077 == 0
