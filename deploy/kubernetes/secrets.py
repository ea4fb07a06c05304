"""The Secrets that the manifests name, made of the folder that `afterword secrets` wrote.

    python -m deploy.kubernetes.secrets --folder FOLDER | kubectl apply -f -

What stands in the folder's files is taken as it is, so set `smtp_url`, `caldav_url` and others there first. Addresses
of brokers and databases that are not in the cluster: --rabbitmq-url and --mongo-url, with {user} and {password}.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.compose import ADMINISTRATOR, PASSWORDS
from deploy.kubernetes.topology import SCALER, VHOST, credentials_of
from deploy.local.errors import LocalError
from deploy.local.files import read_json, write_private
from deploy.local.rooms import ROOMS
from deploy.operate.permissions import OPERATOR

NAMESPACE = "afterword"
MEMBERS = ",".join(f"mongodb-{n}.mongodb-svc.{NAMESPACE}.svc.cluster.local:27017" for n in range(3))
RABBITMQ_URL = f"amqp://{{user}}:{{password}}@rabbitmq.{NAMESPACE}.svc:5672/{VHOST}"
MONGO_URL = f"mongodb://{{user}}:{{password}}@{MEMBERS}/?replicaSet=mongodb&authSource=admin"
SCALER_URL = f"http://{{user}}:{{password}}@rabbitmq.{NAMESPACE}.svc:15672/"
FOR_TOPOLOGY = {"rabbitmq.com/topology-operator": "true"}
"""The Messaging Topology Operator reads no Secret without it."""
FILES: dict[str, tuple[str, ...]] = {
    "drafting": ("secret_key",),
    "review": (),
    "calendar": ("caldav_url", "caldav_busy_url"),
    "distribution": ("secret_key", "smtp_url", "smtp_oauth_client_secret", "bounce_imap", "dkim_key"),
    "gateway": ("secret_key", "api_keys", "webhook_secrets", "hook_secrets", "oidc_client_secret"),
}
"""What each room is given beside its ways to the broker and the database."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Addresses:
    """Where the servers are, with {user} and {password}."""

    rabbitmq: str = RABBITMQ_URL
    mongo: str = MONGO_URL


def manifests(folder: Path, addresses: Addresses) -> Iterator[Json]:
    """Yield every Secret. Raises: LocalError when the folder lacks one of the files."""
    broker, database = _read(folder, PASSWORDS), _read(folder, "mongo_passwords.json")
    broker[SCALER] = _scaler(folder)
    for user, password in broker.items():
        if user != ADMINISTRATOR:  # the operator makes an administrator of its own
            yield _secret(credentials_of(user), {"username": user, "password": password}, FOR_TOPOLOGY)
    yield _secret("rabbitmq-scaler-url", {"host": SCALER_URL.format(user=SCALER, password=broker[SCALER])})
    for room in ROOMS:
        yield _secret(f"mongodb-{room}", {"password": database[room]})
        yield _secret(f"afterword-{room}", _of_room(folder, room, addresses, broker, database))


def _of_room(folder: Path, room: str, addresses: Addresses, broker: Json, database: Json) -> dict[str, str]:
    def at_broker(user: str) -> str:
        name = f"afterword.{user}"
        return addresses.rabbitmq.format(user=name, password=broker[name])

    given = {
        "rabbitmq_url": at_broker(room),
        "mongo_url": addresses.mongo.format(user=room, password=database[room]),
        **{name: _text(folder, name) for name in FILES[room]},
    }
    return {**given, "operator_rabbitmq_url": at_broker(OPERATOR)} if room == "gateway" else given


def _secret(name: str, content: dict[str, str], labels: dict[str, str] | None = None) -> Json:
    metadata: Json = {"name": name, "namespace": NAMESPACE, **({"labels": labels} if labels else {})}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "stringData": content}


def _scaler(folder: Path) -> str:
    path = folder / "rabbitmq_scaler_password"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text(encoding="utf-8")


def _read(folder: Path, name: str) -> Json:
    found: Json | None = read_json(folder / name)
    if found is None:
        msg = f"there is no file {folder / name}: make the folder with `afterword secrets --folder {folder}`"
        raise LocalError(msg)
    return found


def _text(folder: Path, name: str) -> str:
    found = next((path for path in (folder / name, folder / f"{name}.json") if path.exists()), None)
    if found is None:
        msg = f"there is no file {folder / name}: make the folder with `afterword secrets --folder {folder}`"
        raise LocalError(msg)
    return found.read_text(encoding="utf-8").strip()


def main(arguments: list[str] | None = None) -> None:
    """Write the Secrets to standard output, for `kubectl apply -f -`; nothing is kept but the scaler's password."""
    parser = argparse.ArgumentParser(prog="python -m deploy.kubernetes.secrets", description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="what `afterword secrets --folder` made")
    parser.add_argument("--rabbitmq-url", default=RABBITMQ_URL, help="amqps://{user}:{password}@host/vhost")
    parser.add_argument("--mongo-url", default=MONGO_URL, help="mongodb+srv://{user}:{password}@host/?authSource=admin")
    given = parser.parse_args(arguments)
    try:
        found = list(manifests(given.folder, Addresses(given.rabbitmq_url, given.mongo_url)))
    except (LocalError, OSError) as error:
        sys.exit(f"error: {error}")
    yaml.safe_dump_all(found, sys.stdout, sort_keys=False)


if __name__ == "__main__":
    main()
