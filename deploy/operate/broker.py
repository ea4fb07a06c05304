"""The way to the broker: where it is, and a connection whose errors say what to do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError

from deploy.local import stack
from deploy.local.errors import LocalError
from shared.messaging.nodes import connect, place, shuffled

RABBITMQ = "AFTERWORD_RABBITMQ_URL"
MANAGEMENT = "AFTERWORD_RABBITMQ_MANAGEMENT_URL"


@dataclass(frozen=True)
class Broker:
    """Where RabbitMQ is; `management_url` is None when nobody told us."""

    url: str
    management_url: str | None = None

    @property
    def place(self) -> str:
        """Hosts and ports, for people: without the password."""
        return place(self.url)


def find() -> Broker:
    """Return the broker that the environment names, else the one of the stack that runs here.

    Raises: LocalError when there is neither.
    """
    url = setting(RABBITMQ)
    if url:
        return Broker(url, setting(MANAGEMENT))
    found = stack.status()
    if found is None:
        msg = f"no broker: nothing is up here and {RABBITMQ} is not set; set it, or start a stack with `afterword up`"
        raise LocalError(msg)
    return Broker(found.run.rabbitmq_url, found.run.rabbitmq_management_url)


def setting(name: str) -> str | None:
    """Return what the environment says, itself or in the file that `<name>_FILE` names; None when it does not.

    Raises: OSError when the file cannot be read.
    """
    path = os.environ.get(f"{name}_FILE")
    return os.environ.get(name) or (Path(path).read_text(encoding="utf-8").strip() if path else None)


@asynccontextmanager
async def connected(broker: Broker) -> AsyncIterator[AbstractConnection]:
    """Give a connection for as long as the block runs.

    Raises: LocalError for whatever the broker refuses, and when it is not there or goes away.
    """
    try:
        connection = await connect(shuffled(broker.url), seconds=10)
    except (OSError, AMQPError, ValueError) as error:
        msg = f"cannot log in to RabbitMQ at {broker.place}: {said(error)}; see {RABBITMQ} and `afterword status`"
        raise LocalError(msg) from error
    async with connection:
        try:
            yield connection
        except (OSError, AMQPError) as error:
            msg = f"RabbitMQ at {broker.place} says: {said(error)}"
            raise LocalError(msg) from error


def said(error: Exception) -> str:
    """Return an error in one line, with its name when it has no words."""
    return " ".join(str(error).split()) or type(error).__name__
