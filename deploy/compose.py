"""The secrets of docker-compose.yml: made once, one file each, as compose mounts them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.local.errors import LocalError
from deploy.local.files import read_json, write_json, write_private
from deploy.local.keys import prepare
from deploy.local.rooms import ROOMS, policy
from deploy.local.site import Site
from deploy.operate.definitions import USERS, as_text, definitions, with_administrator, with_passwords
from deploy.operate.permissions import OPERATOR

ADMINISTRATOR = "afterword"
"""Who may do everything at the broker and the database; no room comes as them."""
GIVEN = (("secret_key", "SECRET_KEY"), ("api_keys.json", "API_KEYS"), ("webhook_secrets.json", "WEBHOOK_SECRETS"))
"""What the gateway is given: file, and setting."""
UNSET = ("caldav_busy_url", "smtp_oauth_client_secret", "bounce_imap", "dkim_key", "oidc_client_secret")
"""What an organisation may set later: an empty file is an unset setting."""
BROKER_USERS = (*ROOMS, OPERATOR)
MONGO_PASSWORDS = "mongo_passwords.json"
TOOLS = ("rabbitmq_url_administrator", "rabbitmq_management_url", "mongo_url_administrator")
"""What the commands come with, which look at everything and save everything."""
FILES = (
    "rabbitmq_definitions.json",
    *TOOLS,
    *(f"rabbitmq_url_{user}" for user in BROKER_USERS),
    "mongo_key",
    MONGO_PASSWORDS,
    *(f"mongo_url_{room}" for room in ROOMS),
    "caldav_users",
    "caldav_url",
    "smtp_url",
    "hook_secrets.json",
    *(name for name, _ in GIVEN),
    *UNSET,
)
"""What compose mounts."""
PASSWORDS = "rabbitmq_passwords.json"
"""What the broker's definitions are made of again; not mounted."""

PUBLISHED = {"gateway": 8080, "caldav": 5232, "mail": 8025}
"""The ports on which docker-compose.yml publishes what the demo needs; AFTERWORD_<NAME>_PORT moves them."""


def make_secrets(folder: Path) -> Path:
    """Write every secret that compose wants, and `keys.json` with the people's keys; return where the keys are.

    Raises: LocalError when there are secrets already: new ones would lock running services out.
    """
    there = [name for name in FILES if (folder / name).exists()]
    if there:
        msg = f"{folder / there[0]} exists: remove the folder to make new secrets, or name another with --folder"
        raise LocalError(msg)
    reader = secrets.token_urlsafe(24)
    _people(folder, reader)
    _broker(folder)
    _database(folder)
    _calendar(folder, reader)
    _tools(folder)
    write_private(folder / "smtp_url", "smtp://mail:1025")
    write_json(folder / "hook_secrets.json", {})  # of the policy's webhooks, whose receivers know them
    for name in UNSET:
        write_private(folder / name, "")
    _let_containers_read(folder)
    return folder / "keys.json"


def renew_definitions(folder: Path) -> Path:
    """Write the broker's definitions anew, as this version has them, with the passwords that are there; return where.

    Raises: LocalError when the folder has no passwords.
    """
    passwords = read_json(folder / PASSWORDS)
    if passwords is None:
        msg = f"there is no file {folder / PASSWORDS}: make all secrets with `afterword secrets` first"
        raise LocalError(msg)
    administrator = passwords.pop(ADMINISTRATOR)
    document = with_administrator(with_passwords(definitions(), passwords), ADMINISTRATOR, administrator)
    path = folder / "rabbitmq_definitions.json"
    write_private(path, as_text(document))
    _tools(folder)
    _let_containers_read(folder)
    return path


def published(ports: Mapping[str, str]) -> dict[str, str]:
    """Return where compose publishes things: on these ports, else on those that it takes by itself."""
    return {name: f"http://127.0.0.1:{ports.get(name) or port}" for name, port in PUBLISHED.items()}


def described_by(folder: Path, ports: Mapping[str, str]) -> dict[str, Any]:
    """Return what `.local/run.json` would say of a stack that compose runs with these secrets.

    Raises: LocalError when there are no secrets in the folder.
    """
    kept = read_json(folder / "keys.json")
    if kept is None:
        msg = (
            f"there is no file {folder / 'keys.json'}: AFTERWORD_SECRETS names the folder that `afterword secrets` made"
        )
        raise LocalError(msg)
    urls = published(ports)
    return {
        "gateway_url": urls["gateway"],
        "keys": kept["keys"],
        "webhook_secrets": kept["webhook_secrets"],
        "caldav": {"url": f"{urls['caldav']}/company/postmortems/", "reader": kept["caldav_reader"]},
        "mail_url": urls["mail"],
    }


def _people(folder: Path, reader: str) -> None:
    site = Site(folder / "made")
    site.prepare()
    credentials = prepare(site, policy())
    for name, variable in GIVEN:
        written = credentials.files[f"AFTERWORD_{variable}_FILE"]
        write_private(folder / name, written.read_text(encoding="utf-8"))
    write_json(
        folder / "keys.json",
        {
            "keys": {person.email: {"role": person.role, "key": person.key} for person in credentials.people},
            "webhook_secrets": credentials.webhook_secrets,
            "caldav_reader": {"username": "reader", "password": reader},
        },
    )


def _broker(folder: Path) -> None:
    users = [f"afterword.{user}" for user in USERS]
    passwords = {user: secrets.token_urlsafe(24) for user in (*users, ADMINISTRATOR)}
    write_json(folder / PASSWORDS, passwords)
    renew_definitions(folder)
    for user in BROKER_USERS:
        name = f"afterword.{user}"
        write_private(folder / f"rabbitmq_url_{user}", f"amqp://{name}:{passwords[name]}@rabbitmq:5672/")


def _database(folder: Path) -> None:
    passwords = {user: secrets.token_urlsafe(24) for user in (*ROOMS, ADMINISTRATOR)}
    write_json(folder / MONGO_PASSWORDS, passwords)
    write_private(folder / "mongo_key", secrets.token_hex(256))
    for room in ROOMS:
        url = f"mongodb://{room}:{passwords[room]}@mongo:27017/?replicaSet=rs0&authSource=admin"
        write_private(folder / f"mongo_url_{room}", url)


def _tools(folder: Path) -> None:
    """Write how the commands come to the servers; where the database's passwords are made later, without that."""
    broker = (read_json(folder / PASSWORDS) or {}).get(ADMINISTRATOR)
    database = (read_json(folder / MONGO_PASSWORDS) or {}).get(ADMINISTRATOR)
    if broker:
        write_private(folder / TOOLS[0], f"amqp://{ADMINISTRATOR}:{broker}@rabbitmq:5672/")
        write_private(folder / TOOLS[1], f"http://{ADMINISTRATOR}:{broker}@rabbitmq:15672")
    if database:
        url = f"mongodb://{ADMINISTRATOR}:{database}@mongo:27017/?replicaSet=rs0&authSource=admin"
        write_private(folder / TOOLS[2], url)


def _calendar(folder: Path, reader: str) -> None:
    company = secrets.token_urlsafe(24)
    write_private(folder / "caldav_users", f"company:{company}\nreader:{reader}\n")
    write_private(folder / "caldav_url", f"http://company:{company}@radicale:5232/company/postmortems/")


def _let_containers_read(folder: Path) -> None:
    """Mounted as they are: the services run under accounts of their own, and nobody else comes into the folder."""
    for name in FILES:
        if (folder / name).exists():
            (folder / name).chmod(0o644)
    folder.chmod(0o700)
