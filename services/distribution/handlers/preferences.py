"""When people get reports: load, decide, commit what is new."""

from __future__ import annotations

from services.distribution.domain import preferences
from services.distribution.handlers import subscriptions
from services.distribution.ports import Deps
from shared.contracts.decision import Reply
from shared.contracts.lists import Unsubscribe, list_id
from shared.contracts.mail_preferences import WEEKLY_DIGEST, ChangeMailPreference, ShowMailPreference
from shared.messaging.envelope import Received


async def do_change(command: Received[ChangeMailPreference], deps: Deps) -> Reply | None:
    """Choose which reports somebody gets."""
    known = await deps.sharing.preferences.load(command)
    decision = preferences.change_preference(known.state, command.data, deps.clock.now())
    if decision.state is known.state and not (decision.reply and decision.reply.refusal):
        return decision.reply
    return await deps.sharing.preferences.commit(known, decision, command)


async def do_show(command: Received[ShowMailPreference], deps: Deps) -> Reply | None:
    """Tell what was chosen; changes nothing."""
    known = await deps.sharing.preferences.load(command)
    return preferences.show_preference(known.state, command.data).reply


async def do_unsubscribe(command: Received[Unsubscribe], deps: Deps) -> Reply | None:
    """Send no more digests to whoever holds this link, or no more mail of its list."""
    if command.data.list_id != list_id(WEEKLY_DIGEST):
        return await subscriptions.do_unsubscribe(command, deps)
    known = await deps.sharing.preferences.load(command)
    decision = preferences.leave_digest(known.state, deps.clock.now())
    if decision.state is known.state:
        return decision.reply
    return await deps.sharing.preferences.commit(known, decision, command)
