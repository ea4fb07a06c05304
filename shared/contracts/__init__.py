"""The words the rooms exchange: pure pydantic, versioned, the only thing that two rooms share.

`MESSAGES` maps every wire name to its class; a message that is not in it cannot be said or heard.
"""

from shared.contracts import (
    assigning,
    bounces,
    closing,
    coaching,
    commands,
    community,
    digests,
    events,
    importing,
    lists,
    mail_preferences,
    mailing,
    meeting_notes,
    meeting_notices,
    meeting_reminders,
    merging,
    notices,
    review_notices,
    skipping,
    subscribing,
    threads,
    verdicts,
    withdrawing,
)
from shared.contracts.base import BaseMessage, Message

EVENTS: dict[str, type[BaseMessage]] = {
    cls.name: cls
    for cls in (
        *(*events.ALL, *community.EVENTS, *lists.EVENTS, *notices.EVENTS),
        *(*skipping.EVENTS, *merging.EVENTS, *withdrawing.EVENTS),
        *(*review_notices.EVENTS, *coaching.EVENTS, *verdicts.EVENTS, *threads.EVENTS),
        *bounces.EVENTS,
        *(*assigning.EVENTS, *meeting_notices.EVENTS, *meeting_notes.EVENTS, *meeting_reminders.EVENTS),
        *(*closing.EVENTS, *mailing.EVENTS, *importing.EVENTS),
    )
}
COMMANDS: dict[str, type[BaseMessage]] = {
    cls.address(): cls
    for cls in (
        *(*commands.ALL, *community.COMMANDS, *lists.COMMANDS, *subscribing.COMMANDS, *skipping.COMMANDS),
        *(*merging.COMMANDS, *withdrawing.COMMANDS, *coaching.COMMANDS),
        *(*verdicts.COMMANDS, *threads.COMMANDS, *assigning.COMMANDS),
        *(*meeting_notices.COMMANDS, *meeting_notes.COMMANDS, *bounces.COMMANDS),
        *(*mail_preferences.COMMANDS, *digests.COMMANDS, *importing.COMMANDS),
    )
}
MESSAGES: dict[str, type[BaseMessage]] = {**EVENTS, **COMMANDS}

__all__ = ["COMMANDS", "EVENTS", "MESSAGES", "BaseMessage", "Message"]
