"""The words the rooms exchange: pure pydantic, versioned, the only thing that two rooms share.

`MESSAGES` maps every wire name to its class; a message that is not in it cannot be said or heard.
"""

from shared.contracts import commands, events
from shared.contracts.base import Message

EVENTS: dict[str, type[Message]] = {cls.name: cls for cls in events.ALL}
COMMANDS: dict[str, type[Message]] = {cls.address(): cls for cls in commands.ALL}
MESSAGES: dict[str, type[Message]] = {**EVENTS, **COMMANDS}

__all__ = ["COMMANDS", "EVENTS", "MESSAGES", "Message"]
