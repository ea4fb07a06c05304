"""The broker's users, rights, exchanges and queues as objects of RabbitMQ's Messaging Topology Operator.

    python -m deploy.kubernetes.topology      write components/rabbitmq/topology.yaml

They are the definitions of `deploy.operate.definitions`, said in the operator's words: nothing here can differ from
them. `make definitions` writes both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.operate.definitions import definitions

COMMITTED = Path(__file__).parent / "components" / "rabbitmq" / "topology.yaml"
API = "rabbitmq.com/v1beta1"
CLUSTER = {"name": "rabbitmq"}
VHOST = "afterword"
SCALER = "afterword.scaler"
"""Who tells KEDA how long queues are: sees everything, touches nothing."""
KEPT = "retain"
"""What becomes of a queue whose object is removed, by hand or by a kustomize that leaves it out: it stays."""
HEAD = """\
# Written by `make definitions`; do not change by hand. An object a line, so that a change is one line.
"""

Json = dict[str, Any]


def objects() -> Iterator[Json]:
    """Return every object, in an order in which each finds what it refers to."""
    plan = definitions(VHOST)
    yield _object("Vhost", VHOST, {"name": VHOST, "deletionPolicy": KEPT})
    for user in plan["users"]:
        yield _user(user["name"], [])
    yield _user(SCALER, ["monitoring"])
    yield from map(_permission, plan["permissions"])
    yield from map(_topic_permission, plan["topic_permissions"])
    yield from map(_policy, plan["policies"])
    yield from map(_exchange, plan["exchanges"])
    yield from map(_queue, plan["queues"])
    yield from map(_binding, plan["bindings"])


def credentials_of(user: str) -> str:
    """Return the name of the Secret with a user's name and password."""
    return f"rabbitmq-{user.removeprefix('afterword.')}"


def as_text() -> str:
    """Return the file as it is committed."""
    return HEAD + "".join(f"---\n{json.dumps(each)}\n" for each in objects())


def _object(kind: str, name: str, spec: Json) -> Json:
    """Names of objects are those of hosts: small letters, digits, dots and hyphens."""
    metadata = {"name": name.lower().replace("_", "-")}
    return {
        "apiVersion": API,
        "kind": kind,
        "metadata": metadata,
        "spec": {**spec, "rabbitmqClusterReference": CLUSTER},
    }


def _user(name: str, tags: list[str]) -> Json:
    spec: Json = {"importCredentialsSecret": {"name": credentials_of(name)}}
    return _object("User", name, {**spec, "tags": tags} if tags else spec)


def _permission(row: Json) -> Json:
    rights = {kind: row[kind] for kind in ("configure", "write", "read")}
    return _object(
        "Permission", row["user"], {"vhost": VHOST, "userReference": {"name": row["user"]}, "permissions": rights}
    )


def _topic_permission(row: Json) -> Json:
    rights = {kind: row[kind] for kind in ("exchange", "write", "read")}
    spec = {"vhost": VHOST, "userReference": {"name": row["user"]}, "permissions": rights}
    return _object("TopicPermission", f"{row['user']}.{row['exchange']}", spec)


def _policy(row: Json) -> Json:
    kept = {name: row[name] for name in ("name", "vhost", "pattern", "definition", "priority")}
    return _object("Policy", row["name"], {**kept, "applyTo": row["apply-to"]})


def _exchange(row: Json) -> Json:
    return _object("Exchange", row["name"], {"name": row["name"], "vhost": VHOST, "type": row["type"], "durable": True})


def _queue(row: Json) -> Json:
    arguments = dict(row["arguments"])
    spec: Json = {"name": row["name"], "vhost": VHOST, "type": arguments.pop("x-queue-type"), "durable": True}
    spec["deletionPolicy"] = KEPT
    return _object("Queue", row["name"], {**spec, "arguments": arguments} if arguments else spec)


def _binding(row: Json) -> Json:
    spec = {
        "source": row["source"],
        "destination": row["destination"],
        "destinationType": row["destination_type"],
        "routingKey": row["routing_key"],
        "vhost": VHOST,
    }
    return _object("Binding", f"{row['source']}.to.{row['destination']}.by.{_as_name(row['routing_key'])}", spec)


def _as_name(key: str) -> str:
    """A routing key may be a pattern."""
    return key.replace("#", "all").replace("*", "any")


def main() -> None:
    """Write the file to the place that it is committed in."""
    COMMITTED.write_text(as_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
