"""A counting room in a process of its own that a poisonous message kills, again and again.

`python -m tests.faults.fragile_room BROKER DATABASE NAME` starts it as a supervisor does: after each death anew. The
new process is a fork of this one, so that it need not import everything again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

from shared.messaging.service import forever
from tests.integration.kernel_room import Room

POISON = "poison"


async def _die_of_poison(message: Any) -> None:
    if message.id == POISON:
        os.kill(os.getpid(), signal.SIGKILL)


async def _live(broker: str, database: str, name: str) -> None:
    room = Room(broker, database, name, declare=False)  # its queues outlive it
    room.before = _die_of_poison
    await room.start()
    await forever(room.sweep, 0.2)


def main() -> None:
    """Run the room, and run it again whenever it has died."""
    while True:
        child = os.fork()
        if child == 0:
            asyncio.run(_live(*sys.argv[1:]))
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
