"""The secrets of docker-compose.yml: made once, one file each, as compose mounts them."""

from __future__ import annotations

import secrets
from pathlib import Path

from deploy.local.errors import LocalError
from deploy.local.files import write_json, write_private
from deploy.local.keys import prepare
from deploy.local.rooms import policy
from deploy.local.site import Site

GIVEN = (("secret_key", "SECRET_KEY"), ("api_keys.json", "API_KEYS"), ("webhook_secrets.json", "WEBHOOK_SECRETS"))
"""What the gateway is given: file, and setting."""
FILES = (
    "rabbitmq_password",
    "rabbitmq_url",
    "caldav_users",
    "caldav_url",
    "hook_secrets.json",
    *(name for name, _ in GIVEN),
)


def make_secrets(folder: Path) -> Path:
    """Write every secret that compose wants, and `keys.json` with the people's keys; return where the keys are.

    Raises: LocalError when there are secrets already: new ones would lock running services out.
    """
    there = [name for name in FILES if (folder / name).exists()]
    if there:
        msg = f"{folder / there[0]} exists: remove the folder to make new secrets, or name another with --folder"
        raise LocalError(msg)
    site = Site(folder / "made")
    site.prepare()
    credentials = prepare(site, policy())
    rabbitmq, company, reader = (secrets.token_urlsafe(24) for _ in range(3))
    write_private(folder / "rabbitmq_password", rabbitmq)
    write_private(folder / "rabbitmq_url", f"amqp://afterword:{rabbitmq}@rabbitmq:5672/")
    write_private(folder / "caldav_users", f"company:{company}\nreader:{reader}\n")
    write_private(folder / "caldav_url", f"http://company:{company}@radicale:5232/company/postmortems/")
    write_json(folder / "hook_secrets.json", {})  # of the policy's webhooks, whose receivers know them
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
    for name in FILES:  # mounted as they are: the services run under accounts of their own
        (folder / name).chmod(0o644)
    folder.chmod(0o700)
    return folder / "keys.json"
