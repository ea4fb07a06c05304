"""What RabbitMQ's refusals mean, and what helps."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from aiormq.exceptions import (
    ChannelAccessRefused,
    ChannelPreconditionFailed,
    InvalidFrameError,
    ProbableAuthenticationError,
)

from shared.messaging.nodes import place
from shared.trouble import Trouble, line_trouble, said

SETTING = "AFTERWORD_RABBITMQ_URL"
RIGHTS = "import deploy/rabbitmq/definitions.json as docs/operations.md says, or"
_OTHER = re.compile(r"inequivalent arg '(.+?)' for (\w+) '(.+?)' .*received (.+?) but current is (.+?)$")


def broker_trouble(error: BaseException, url: str) -> Trouble:
    """Return what is wrong with a broker that answered a connection, or a declaration, with this error."""
    where = f"RabbitMQ at {place(url)}"
    user, vhost = unquote(urlsplit(url).username or "guest"), vhost_of(url)
    if isinstance(error, ProbableAuthenticationError):
        help = f"set name and password in {SETTING}, or `rabbitmqctl change_password {user} PASSWORD`"
        return Trouble(where, f"refuses the login of {user!r}", help)
    if isinstance(error, InvalidFrameError):  # the library reads no reason when it is refused behind its login
        help = f"`rabbitmqctl add_vhost {vhost}`, `rabbitmqctl set_permissions -p {vhost} {user} '.*' '.*' '.*'`"
        return Trouble(where, f"has no virtual host {vhost!r}, or does not let {user!r} into it", help)
    if isinstance(error, ChannelAccessRefused):
        help = f"{RIGHTS} `rabbitmqctl set_permissions -p {vhost} {user} CONFIGURE WRITE READ`"
        return Trouble(where, f"refuses {user!r} something: {said(error)}", help)
    if isinstance(error, ChannelPreconditionFailed):
        return Trouble(where, *_other_settings(said(error)))
    return line_trouble(where, error, SETTING) or Trouble(where, f"says: {said(error)}", f"see its log and {SETTING}")


def vhost_of(url: str) -> str:
    """Return the virtual host that an address names."""
    return unquote(urlsplit(url).path[1:]) or "/"


def anew(kind: str, name: str) -> str:
    """Return how an exchange or a queue that has other settings is made anew; they cannot be changed."""
    if kind == "exchange":
        return f"stop the rooms, remove {name} on RabbitMQ's management page, `afterword topology apply`"
    return f"stop the rooms, empty it, `rabbitmqctl delete_queue {name}`, `afterword topology apply`"


def _other_settings(refusal: str) -> tuple[str, str]:
    found = _OTHER.search(refusal)
    if not found:
        return f"has something with other settings: {refusal}", "`afterword topology check` says what"
    return f"has {found[2]} {found[3]} with another {found[1]}: {found[5]} instead of {found[4]}", anew(
        found[2], found[3]
    )
