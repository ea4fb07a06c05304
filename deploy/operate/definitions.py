"""The definitions document that an administrator imports into RabbitMQ, in place of rooms that declare.

    python -m deploy.operate.definitions                          write deploy/rabbitmq/definitions.json
    python -m deploy.operate.definitions --passwords FILE --to F  the same with passwords: keep that one secret

The committed document has no passwords: its users have an empty hash, with which RabbitMQ lets nobody in.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.local.errors import LocalError
from deploy.local.files import read_json, write_private
from deploy.local.site import REPOSITORY
from deploy.operate.declared import declared
from deploy.operate.permissions import OPERATOR, ROOMS, TOOLS, rights

COMMITTED = REPOSITORY / "deploy" / "rabbitmq" / "definitions.json"
USERS = (*ROOMS, OPERATOR, TOOLS)
PARKING_LIMIT = 1_000_000
"""A parked message is given back whenever somebody looks; RabbitMQ 4.0 to 4.2 would drop it at the 21st time."""

Json = dict[str, Any]


def definitions(vhost: str = "/", prefix: str = "afterword.") -> Json:
    """Return the whole document for a virtual host; users are called `<prefix><room>`."""
    plan = declared()
    return {
        "users": [_user(prefix + user) for user in USERS],
        "vhosts": [{"name": vhost}],
        "permissions": [_permission(user, vhost, prefix) for user in USERS],
        "topic_permissions": [each for user in USERS for each in _topics(user, vhost, prefix, plan.exchanges)],
        "policies": [_parked_stays_parked(vhost)],
        "exchanges": [_exchange(name, kind, vhost) for name, kind in plan.exchanges.items()],
        "queues": [
            {"name": each.name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": each.arguments}
            for each in plan.queues
        ],
        "bindings": [_binding(each.exchange, each.queue, each.key, vhost) for each in plan.bindings],
    }


def with_passwords(document: Json, passwords: Mapping[str, str]) -> Json:
    """Return the document with these users' passwords, hashed with a salt as RabbitMQ keeps them.

    Raises: LocalError when a user has none, or a name is none of the users.
    """
    names = [user["name"] for user in document["users"]]
    wrong = [f"{name} has none" for name in names if not passwords.get(name)]
    wrong += [f"there is no user {name}" for name in passwords if name not in names]
    if wrong:
        msg = f"passwords: {'; '.join(wrong)}: give one for each of {', '.join(names)}"
        raise LocalError(msg)
    users = [{**user, "password_hash": hashed(passwords[user["name"]])} for user in document["users"]]
    return {**document, "users": users}


def with_administrator(document: Json, name: str, password: str) -> Json:
    """Return the document with one more user, who may do everything in its virtual hosts and see the whole broker."""
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    user = {**_user(name), "password_hash": hashed(password), "tags": ["administrator"]}
    permissions = [{"user": name, "vhost": vhost["name"], **everything} for vhost in document["vhosts"]]
    return {**document, "users": [*document["users"], user], "permissions": [*document["permissions"], *permissions]}


def hashed(password: str, salt: bytes | None = None) -> str:
    """Return RabbitMQ's `rabbit_password_hashing_sha256` of a password: base64 of salt and digest."""
    salt = salt or secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def as_text(document: Json) -> str:
    """Return the document as it is committed: a line an entry, so that a change is one line."""
    parts = (f"  {json.dumps(name)}: {_lines(value)}" for name, value in document.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: object) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n" + ",\n".join(f"    {json.dumps(entry)}" for entry in value) + "\n  ]"


def _user(name: str) -> Json:
    algorithm = "rabbit_password_hashing_sha256"
    return {"name": name, "password_hash": "", "hashing_algorithm": algorithm, "tags": [], "limits": {}}


def _permission(user: str, vhost: str, prefix: str) -> Json:
    may = rights(user)
    return {"user": prefix + user, "vhost": vhost, "configure": may.configure, "write": may.write, "read": may.read}


def _topics(user: str, vhost: str, prefix: str, kinds: Mapping[str, str]) -> list[Json]:
    """Routing keys by exchange; the broker looks at them for topic exchanges alone."""
    return [
        {"user": prefix + user, "vhost": vhost, "exchange": exchange, "write": keys, "read": "^$"}
        for exchange, keys in rights(user).writes.items()
        if kinds.get(exchange) == "topic"
    ]


def _parked_stays_parked(vhost: str) -> Json:
    return {
        "name": "afterword-parking",
        "vhost": vhost,
        "pattern": r"^parking\.",
        "apply-to": "queues",
        "definition": {"delivery-limit": PARKING_LIMIT},
        "priority": 0,
    }


def _exchange(name: str, kind: str, vhost: str) -> Json:
    flags = {"durable": True, "auto_delete": False, "internal": False}
    return {"name": name, "vhost": vhost, "type": kind, **flags, "arguments": {}}


def _binding(exchange: str, queue: str, key: str, vhost: str) -> Json:
    target = {"destination": queue, "destination_type": "queue"}
    return {"source": exchange, "vhost": vhost, **target, "routing_key": key, "arguments": {}}


def main(arguments: list[str] | None = None) -> None:
    """Write the document to the place that it is committed in, or to another one."""
    parser = argparse.ArgumentParser(prog="python -m deploy.operate.definitions", description=__doc__.split("\n")[0])
    parser.add_argument("--to", type=Path, default=COMMITTED, help="where to write (default: the committed file)")
    parser.add_argument("--vhost", default="/", help="the virtual host that the rooms share (default: /)")
    parser.add_argument("--passwords", type=Path, help='JSON: {"afterword.drafting": "...", ...}; needs --to')
    given = parser.parse_args(arguments)
    try:
        _write(given.to, given.vhost, given.passwords)
    except (LocalError, OSError) as error:
        sys.exit(f"error: {error}")


def _write(to: Path, vhost: str, passwords: Path | None) -> None:
    document = definitions(vhost)
    if passwords is None:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(as_text(document), encoding="utf-8")
        return
    if to == COMMITTED:
        msg = "passwords do not belong in the committed file: name another one with --to"
        raise LocalError(msg)
    known = read_json(passwords)
    if known is None:
        msg = f"there is no file {passwords}"
        raise LocalError(msg)
    write_private(to, as_text(with_passwords(document, known)))


if __name__ == "__main__":
    main()
