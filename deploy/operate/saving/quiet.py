"""Where an installation is, and that nobody works on it while it is saved or put back."""

from __future__ import annotations

from dataclasses import dataclass

from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity

from deploy.local import rooms, stack
from deploy.local.errors import LocalError
from deploy.local.progress import Say
from deploy.local.site import Site
from deploy.operate.broker import RABBITMQ, Broker, find, setting
from deploy.operate.room_databases import MONGO, prefix
from deploy.operate.saving.messages import queues


@dataclass(frozen=True)
class Places:
    """The broker, the database server, the rooms' prefix there; `is_here`: they are of the stack on this machine."""

    broker: Broker
    mongo_url: str
    prefix: str
    is_here: bool

    def database(self, room: str) -> str:
        """Return the name of a room's database."""
        return f"{self.prefix}_{room}"


def places() -> Places:
    """Return what the environment names, else the stack that runs here.

    Raises: LocalError when there is neither, or half of it.
    """
    broker, mongo_url = find(), setting(MONGO)
    if setting(RABBITMQ):
        if mongo_url is None:
            msg = f"{RABBITMQ} is set and {MONGO} is not: set both, or neither for the stack that runs here"
            raise LocalError(msg)
        return Places(broker, mongo_url, prefix(), is_here=False)
    found = stack.status()
    if found is None:
        msg = "the stack that ran here has stopped: start it with `afterword up`"
        raise LocalError(msg)
    return Places(broker, mongo_url or found.run.mongo_url, prefix(), is_here=True)


def let_rest(where: Places, say: Say) -> None:
    """Stop the rooms of the stack on this machine; whoever runs others stops them."""
    if where.is_here:
        rooms.stop_all(Site(), say)


def let_work(where: Places, say: Say) -> None:
    """Start those again. Raises: LocalError when one does not start."""
    if where.is_here:
        stack.up(say=say)


@dataclass(frozen=True)
class Depth:
    """How many messages wait in a queue, and how many hear there."""

    messages: int
    hearers: int


async def depths(connection: AbstractConnection) -> dict[str, Depth]:
    """Return every queue but the log that there is."""
    found: dict[str, Depth] = {}
    left = list(queues())
    while left:
        async with connection.channel() as channel:
            try:
                while left:
                    counted = (await channel.declare_queue(left[0], passive=True)).declaration_result
                    found[left.pop(0)] = Depth(counted.message_count or 0, counted.consumer_count or 0)
            except ChannelNotFoundEntity:  # which closes the channel
                left.pop(0)
    return found


def refuse_hearers(found: dict[str, Depth]) -> None:
    """Let nothing go on while a room works. Raises: LocalError that names the rooms."""
    working = sorted({name.partition(".")[0] for name, depth in found.items() if depth.hearers})
    if working:
        msg = (
            f"these rooms still work: {', '.join(working)}. Stop all five first"
            " (`docker compose stop drafting review calendar distribution gateway`), and start them afterwards"
        )
        raise LocalError(msg)
