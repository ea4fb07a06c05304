"""API keys for the sample people of the policy, and the secrets with which incident tools sign."""

from __future__ import annotations

import base64
import hashlib
import secrets
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from deploy.local.errors import LocalError
from deploy.local.files import write_json, write_private
from deploy.local.site import Site

Role = Literal["tool", "engineer", "reviewer", "admin"]
WHSEC_BYTES = 24


def _plain() -> str:
    return secrets.token_urlsafe(32)


def _standard_webhooks() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(WHSEC_BYTES)).decode()


WEBHOOKS: dict[str, Callable[[], str]] = {
    "pagerduty": _plain,
    "alertmanager": _plain,
    "opsgenie": _plain,
    "grafana-oncall": _plain,
    "incident-io": _standard_webhooks,
    "cloudevents": _plain,
}


@dataclass(frozen=True)
class Person:
    """Somebody of the policy who may use the API, and their key."""

    name: str
    email: str
    role: Role
    key: str


@dataclass(frozen=True)
class Credentials:
    """Who may do what, and the private files that tell the rooms."""

    people: tuple[Person, ...]
    webhook_secrets: dict[str, str]
    files: dict[str, Path]


def prepare(site: Site, policy: Path) -> Credentials:
    """Make keys and secrets (the same ones in every run of this folder), and write the files for the rooms.

    Raises: LocalError when the policy cannot be read or has a person without name, email or a known role.
    """
    people = tuple(_person(site, row) for row in people_of(policy) if row.get("role"))
    webhooks = {source: site.memory.recall(f"webhook.{source}", make) for source, make in WEBHOOKS.items()}
    files = {name: site.data / "secrets" / name for name in ("secret_key", "api_keys.json", "webhook_secrets.json")}
    write_private(files["secret_key"], site.memory.recall("secret_key", _plain))
    write_json(files["api_keys.json"], [_hashed(person) for person in people])
    write_json(files["webhook_secrets.json"], {source: [secret] for source, secret in webhooks.items()})
    return Credentials(
        people,
        webhooks,
        {
            "AFTERWORD_SECRET_KEY_FILE": files["secret_key"],
            "AFTERWORD_API_KEYS_FILE": files["api_keys.json"],
            "AFTERWORD_WEBHOOK_SECRETS_FILE": files["webhook_secrets.json"],
        },
    )


def people_of(policy: Path) -> list[dict[str, Any]]:
    """Return the policy's `[[people]]`.

    Raises: LocalError when the policy cannot be read.
    """
    try:
        rows: list[dict[str, Any]] = tomllib.loads(policy.read_text(encoding="utf-8")).get("people", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        msg = f"cannot read the policy {policy} ({error}); AFTERWORD_POLICY names another one"
        raise LocalError(msg) from error
    return rows


def _person(site: Site, row: dict[str, Any]) -> Person:
    name, email, role = (str(row.get(field, "")) for field in ("name", "email", "role"))
    if not name or not email or role not in get_args(Role):
        msg = f"the policy's person {email or name or row} needs name, email and one of the roles {get_args(Role)}"
        raise LocalError(msg)
    known: Role = next(each for each in get_args(Role) if each == role)
    return Person(name, email, known, site.memory.recall(f"key.{email}", _key))


def new_key() -> tuple[str, str]:
    """Return a new key's id and the key, `aw_<id>_<256 random bits>`."""
    id = secrets.token_hex(4)
    return id, f"aw_{id}_{secrets.token_urlsafe(32)}"


def _key() -> str:
    return new_key()[1]


def _hashed(person: Person) -> dict[str, str]:
    digest = hashlib.sha256(person.key.encode()).hexdigest()
    return {"key_sha256": digest, "email": person.email, "name": person.name, "role": person.role}
