"""Who may do what on the broker: one user a room, one for incident tools, and one for the operations page. Pure.

A room reads its own queues, says its own events, gives its own commands, sends its own messages to wait or
to be parked, and answers. It declares nothing: the definitions do. What it may say to a topic exchange is
narrowed by routing key; RabbitMQ cannot narrow other kinds of exchanges, so `detours` lists those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.contracts import COMMANDS
from shared.contracts.commands import BaseCommand
from shared.contracts.community import FollowRoster
from shared.contracts.lists import Unsubscribe
from shared.messaging import topology

ROOMS = tuple(topology.HEARS)
TOOLS = "tools"
OPERATOR = "operator"
NAMELESS = "amq.default"
"""What the broker calls the exchange without a name, by which a message goes to the queue that its key names."""
NOTHING = "^$"

SAYS: dict[str, tuple[str, ...]] = {
    "drafting": (
        "DraftCreated.v1",
        "DraftRevised.v1",
        "AccessChanged.v1",
        "PostmortemSkipped.v1",
        "PostmortemRequired.v1",
        "CorrectionWithdrawn.v1",
        "TimelineExtended.v1",
        "OwnerAssigned.v1",
        "ReminderDue.v1",
        "ActionItemAdded.v1",
        "ActionItemChanged.v1",
        "ReviewRequested.v1",
        "PostmortemMerged.v1",
        "PostmortemImported.v1",
    ),
    "review": (
        "ReviewersAssigned.v1",
        "ReviewCommented.v1",
        "ChangesRequested.v1",
        "ApprovalGiven.v1",
        "ReviewApproved.v1",
        "ReviewerChanged.v1",
        "ApprovalWithdrawn.v1",
        "ThreadChanged.v1",
        "ReviewNotice.v1",
        "RevisionChecked.v1",
        "ReviewersWanted.v1",
    ),
    "calendar": (
        "MeetingScheduled.v1",
        "MeetingRescheduled.v1",
        "MeetingCancelled.v1",
        "MeetingEnded.v1",
        "MeetingNotice.v1",
        "MeetingNotesTaken.v1",
        "MeetingReminder.v1",
    ),
    "distribution": (
        "Published.v1",
        "DeliveryCompleted.v1",
        "PostmortemClosed.v1",
        "ListChanged.v1",
        "AddressSuppressed.v1",
        "AddressReleased.v1",
        "DeliveryStopped.v1",
        "DeliveryResumed.v1",
    ),
    "gateway": ("IncidentReported.v1",),
    TOOLS: ("IncidentReported.v1",),
    OPERATOR: (),
}
"""Which room says which event; a test holds this against the contracts and the rooms' code."""

PARKS_FOR_OTHERS: dict[str, tuple[str, ...]] = {"gateway": (topology.queue_of("drafting", "IncidentReported.v1"),)}
"""Queues of others for which a room parks: what a verified webhook sent and nobody understands."""


@dataclass(frozen=True)
class Rights:
    """What one user may do. `writes` maps an exchange to the pattern of the routing keys that it may be given."""

    configure: str = NOTHING
    read: str = NOTHING
    queues: str = NOTHING
    writes: dict[str, str] = field(default_factory=dict)

    @property
    def write(self) -> str:
        """The pattern of every exchange that may be written to, and of every queue that may be bound."""
        exchanges = exactly(self.writes)
        return exchanges if self.queues == NOTHING else f"{exchanges}|{self.queues}"


def rights(user: str) -> Rights:
    """Return what a room, `tools` or `operator` may do.

    The operator reads what is parked, and sends it to where it was heard: that takes the nameless exchange, which no
    rule narrows. So it is a user of its own, and who does not want that a gateway can do this does not give it one.

    Raises: KeyError when there is no such user.
    """
    if user == OPERATOR:
        return Rights(read=r"^parking\.", writes={NAMELESS: ""})
    if user == TOOLS:
        return Rights(writes={topology.INCIDENTS: exactly(SAYS[TOOLS])})
    replies = rf"^{user}\.replies\." if user == asker() else NOTHING
    return Rights(
        configure=replies,
        queues=replies,
        read=rf"^{user}\." if user != asker() else rf"^({user}\.|{re.escape(topology.REPLIES)}$)",
        writes={**_words(user), **_waits(user), topology.PARKING: _parks(user), **_answers(user)},
    )


def gives(room: str) -> tuple[str, ...]:
    """Return the commands that a room gives: to itself, or, as the front door, on somebody's behalf."""
    return tuple(
        address
        for address, command in COMMANDS.items()
        if room == (asker() if _asked(command) else _addressee(address))
    )


def asker() -> str:
    """Return the room that gives people's commands and waits for the replies."""
    return "gateway"


def detours(user: str, kinds: Mapping[str, str]) -> tuple[str, ...]:
    """Return the exchanges that a user may give any routing key, because they are no topic exchanges."""
    return tuple(name for name in rights(user).writes if kinds.get(name) != "topic")


def exactly(names: Iterable[str]) -> str:
    """Return a pattern that takes these names and nothing else."""
    return f"^({'|'.join(re.escape(name) for name in names)})$"


def _words(room: str) -> dict[str, str]:
    """Exchanges for events and commands, each with the names that the room says there."""
    by_exchange: dict[str, list[str]] = {}
    for name in (*SAYS[room], *gives(room)):
        by_exchange.setdefault(topology.exchange_of(name), []).append(name)
    return {exchange: exactly(names) for exchange, names in by_exchange.items()}


def _waits(room: str) -> dict[str, str]:
    """Waiting exchanges: a message leaves them for the queue that its key names, so only for one's own."""
    return dict.fromkeys(map(topology.waiting, topology.waiting_times()), rf"^{room}\.")


def _parks(room: str) -> str:
    others = "".join(f"|{re.escape(queue)}$" for queue in PARKS_FOR_OTHERS.get(room, ()))
    return rf"^({room}\.{others})"


def _answers(room: str) -> dict[str, str]:
    """Replies go by the nameless exchange to the queue of whoever asked."""
    asked = any(_asked(command) and _addressee(address) == room for address, command in COMMANDS.items())
    return {topology.REPLIES: rf"^{asker()}\.replies\."} if asked else {}


def _addressee(address: str) -> str:
    return address.partition(".")[0]


def _asked(command: type) -> bool:
    """Say whether somebody asks for it at the front door; other commands are a room's notes to itself."""
    return issubclass(command, BaseCommand | Unsubscribe | FollowRoster)
