"""Bugs planted into the kernel, each a small subclass: the checker has to find every one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.contracts.base import derived_id
from shared.contracts.decision import Decision, Reply
from shared.messaging import topology
from shared.messaging.documents import AlreadyHandled, Change, Conflict, Loaded, NotYet, Repository
from shared.messaging.envelope import Received, Unsaid, caused_by
from shared.messaging.inbox import Hearing
from shared.messaging.outbox import PublishUnconfirmed, Relay, Unroutable
from shared.messaging.retry import Permanent
from shared.messaging.timers import AT_ONCE, Due, Timers
from tests.simulation import words
from tests.simulation.checker import Promise
from tests.simulation.ports import Delivery, Line, Store
from tests.simulation.process import HANDLERS, Kernel, Process
from tests.simulation.words import Act


class WithoutInbox(Repository[Any]):
    """Never notices that a message was handled before."""

    async def load(self, message: Received[Any], key: str | None = None) -> Loaded[Any]:
        loaded, _ = await self.documents.read(key or message.subject, message.id)
        return loaded


class ForgetsAnswers(Repository[Any]):
    """Notices a repeat, but not what was answered."""

    async def load(self, message: Received[Any], key: str | None = None) -> Loaded[Any]:
        try:
            return await super().load(message, key)
        except AlreadyHandled:
            raise AlreadyHandled(None) from None


class SaysBeforeCommitting(Repository[Any]):
    """Says what may never be decided."""

    async def commit(self, loaded: Loaded[Any], decision: Decision[Any], cause: Received[Any]) -> Reply | None:
        events = caused_by(cause, decision.events, self.room, self.clock.now())
        await self.relay.say(loaded.key, events, len(events))
        return await super().commit(loaded, decision, cause)


class ClearsBeforeSaying(Relay):
    """Takes messages out of the document and only then says them."""

    async def say(self, key: str, unsaid: Sequence[Unsaid], new: int) -> bool:
        if unsaid:
            await self._outboxes.clear({key: {message.id for message in unsaid}})
        return await super().say(key, unsaid, new)


class ClearsAll(Relay):
    """Takes failed publishes for confirmed ones."""

    async def say(self, key: str, unsaid: Sequence[Unsaid], new: int) -> bool:
        said = await super().say(key, unsaid, new)
        self._confirmed.setdefault(key, set()).update(message.id for message in unsaid)
        return said


class SaysOnAfterFailure(Relay):
    """Goes on with the next message when one could not be said."""

    async def say(self, key: str, unsaid: Sequence[Unsaid], new: int) -> bool:
        async with self._turn(key).lock:
            for message in unsaid:
                if message.id in self._confirmed.get(key, ()):
                    continue
                try:
                    await self._publish(message)
                except (PublishUnconfirmed, Unroutable):
                    continue
                self._confirmed.setdefault(key, set()).add(message.id)
        return True


class SaysOnlyTheNew(Store):
    """Returns what a commit added, not all that is unsaid: what was left behind is overtaken."""

    async def write(self, change: Change[Any]) -> Sequence[Unsaid]:
        await super().write(change)
        return change.unsaid


class ForgetsWithoutClearing(Relay):
    """Forgets what was confirmed before it is out of the document."""

    async def flush(self) -> None:
        self._confirmed.clear()


class AcknowledgesFirst(Hearing[Any]):
    """Acknowledges a message before it has had its effect."""

    async def hear(self, queue: str, message: Any) -> None:
        await message.ack()
        acknowledged: Any = _Acknowledged(message)
        await super().hear(queue, acknowledged)


class _Acknowledged:
    """A delivery that needs no settling any more."""

    def __init__(self, message: Any) -> None:
        self.raw_message = message.raw_message

    async def ack(self) -> None:
        """Nothing is left to do."""

    async def reject(self, requeue: bool = False) -> None:
        """Nothing can be done."""


class AcknowledgesBeforeForwarding(Line):
    """Takes a failed message off its queue before it waits elsewhere."""

    async def forward(self, message: Delivery, exchange: str, queue: str, headers: dict[str, Any]) -> None:
        await message.ack()
        await super().forward(message, exchange, queue, headers)


class DropsPoison(Line):
    """Throws poison away instead of parking it."""

    async def forward(self, message: Delivery, exchange: str, queue: str, headers: dict[str, Any]) -> None:
        if exchange != topology.PARKING:
            await super().forward(message, exchange, queue, headers)


class NeverWaits(Hearing[Any]):
    """Parks a message at its first failure."""

    async def _handle(self, received: Received[Any]) -> Reply | None:
        try:
            return await super()._handle(received)
        except NotYet as error:
            raise Permanent("not yet") from error


class SwallowsConflicts(Hearing[Any]):
    """Takes a conflict for somebody else's having done the work."""

    async def _handle(self, received: Received[Any]) -> Reply | None:
        handler = self.handlers[received.name]
        try:
            return await handler(received, self.deps)
        except (Conflict, AlreadyHandled):
            return None


class WithoutVersionCheck(Store):
    """Writes over whatever is there by now."""

    async def write(self, change: Change[Any]) -> Sequence[Unsaid]:
        return await super().write(replace(change, version=self.shared.versions.get(change.key, 0), stamp=None))


class HandlesAgain(Store):
    """Writes whatever was handled before."""

    async def write(self, change: Change[Any]) -> Sequence[Unsaid]:
        self.shared.handled.get(change.key, {}).pop(change.handled.id, None)
        return await super().write(change)


class GuessesAreTrue(Store):
    """Takes what this process wrote last for what stands."""

    async def write(self, change: Change[Any]) -> Sequence[Unsaid]:
        if change.stamp is not None:
            change = replace(change, version=self.shared.versions.get(change.key, 0), stamp=None)
        return await super().write(change)


class GuessesNew(Store):
    """Takes every message for a new one where it did not read."""

    async def write(self, change: Change[Any]) -> Sequence[Unsaid]:
        if change.stamp is not None:
            self.shared.handled.get(change.key, {}).pop(change.handled.id, None)
        return await super().write(change)


class GuessesSaid(Store):
    """Takes all for said where it did not read."""

    def guess(self, key: str, message_id: str) -> Loaded[Any] | None:
        loaded = super().guess(key, message_id)
        return replace(loaded, unsaid=frozenset()) if loaded else None


class PromisesTooMuch(Store):
    """Takes it that everything was said, whatever still stands in the outbox."""

    async def write(self, change: Change[Any]) -> Sequence[Unsaid]:
        return await super().write(replace(change, said_all=True))


class IdsOfItsOwn(Store):
    """Gives events ids that depend on who decides them."""

    async def write(self, change: Change[Any]) -> Sequence[Unsaid]:
        unsaid = [replace(message, id=derived_id(message.id, self.host.name)) for message in change.unsaid]
        return await super().write(replace(change, unsaid=unsaid))


class TakesAlarmsFirst(Timers[Any]):
    """Takes an alarm off before it has rung."""

    async def check(self) -> int:
        rows = await self.documents.due(self.clock.now(), AT_ONCE)
        for key, since in rows:
            self.deps.servers.documents[self.deps.room].due_at.pop(key, None)
            id = derived_id(key, Due.name, since.isoformat())
            await self.look(Received(id=id, name=Due.name, data=Due(postmortem_id=key), correlation_id=id))
        return len(rows)


async def act_under_a_new_key(command: Received[Act], process: Process) -> Reply | None:
    """Make the entry under a key that depends on who makes it."""
    loaded = await process.repository.load(command)
    await process.outside.put(derived_id(command.id, process.name), command.data.want)
    return await process.repository.commit(loaded, words.note(loaded.state, command), command)


async def act_after_the_commit(command: Received[Act], process: Process) -> Reply | None:
    """Say that it is done, then do it."""
    loaded = await process.repository.load(command)
    reply = await process.repository.commit(loaded, words.note(loaded.state, command), command)
    await process.outside.put(words.entry_of(command.subject, command.data.want), command.data.want)
    return reply


@dataclass(frozen=True, slots=True)
class Bug:
    """A kernel that is wrong in one way, and the promise that it breaks."""

    kernel: Kernel
    breaks: Promise


BUGS: Mapping[str, Bug] = {
    "no inbox": Bug(Kernel(repository=WithoutInbox, store=HandlesAgain), Promise.NOTHING_TWICE),
    "no version check": Bug(Kernel(store=WithoutVersionCheck), Promise.NOTHING_LOST),
    "take a guess for what stands": Bug(Kernel(store=GuessesAreTrue), Promise.NOTHING_LOST),
    "take all for new that was not read": Bug(Kernel(store=GuessesNew), Promise.NOTHING_TWICE),
    "take all for said that was not read": Bug(Kernel(store=GuessesSaid), Promise.NOTHING_LOST),
    "acknowledge before commit": Bug(Kernel(hearing=AcknowledgesFirst), Promise.NOTHING_LOST),
    "acknowledge before sending on": Bug(Kernel(line=AcknowledgesBeforeForwarding), Promise.NOTHING_LOST),
    "swallow conflicts": Bug(Kernel(hearing=SwallowsConflicts), Promise.NOTHING_LOST),
    "take all for said": Bug(Kernel(store=PromisesTooMuch), Promise.NOTHING_LOST),
    "clear before say": Bug(Kernel(relay=ClearsBeforeSaying), Promise.NOTHING_LOST),
    "take failed publishes for confirmed": Bug(Kernel(relay=ClearsAll), Promise.NOTHING_LOST),
    "publish before commit": Bug(Kernel(repository=SaysBeforeCommitting), Promise.NO_GHOSTS),
    "say on after a failure": Bug(Kernel(relay=SaysOnAfterFailure), Promise.ORDER),
    "say only what is new": Bug(Kernel(store=SaysOnlyTheNew), Promise.ORDER),
    "sweep never runs": Bug(Kernel(sweeps=False), Promise.ALL_AT_REST),
    "forget without clearing": Bug(Kernel(relay=ForgetsWithoutClearing), Promise.ALL_AT_REST),
    "event ids that depend on the process": Bug(Kernel(store=IdsOfItsOwn), Promise.IDS),
    "throw poison away": Bug(Kernel(line=DropsPoison), Promise.PARKED),
    "never wait for what comes late": Bug(Kernel(hearing=NeverWaits), Promise.PARKED),
    "forget answers": Bug(Kernel(repository=ForgetsAnswers), Promise.ANSWERS),
    "take alarms off before they ring": Bug(Kernel(timers=TakesAlarmsFirst), Promise.ALARMS),
    "act under a new key": Bug(Kernel(handlers={**HANDLERS, Act.address(): act_under_a_new_key}), Promise.OUTSIDE),
    "act after the commit": Bug(Kernel(handlers={**HANDLERS, Act.address(): act_after_the_commit}), Promise.OUTSIDE),
}
