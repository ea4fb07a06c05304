"""How the mails of a publication stand."""

from __future__ import annotations

from services.distribution.domain import Counts, Delivery, State
from services.distribution.ports import Deps
from shared.contracts.commands import ListDeliveries
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Reply
from shared.contracts.mailing import RELAY
from shared.messaging.envelope import Received


async def do_list(command: Received[ListDeliveries], deps: Deps) -> Reply | None:
    """Tell how the mails stand; changes nothing."""
    publication = await deps.publications.load(command)
    if publication.state and not publication.state.circle.sees(command.data.actor.email):
        return Reply(refusal=UNKNOWN_POSTMORTEM)
    newest = await deps.ledger.rows(command.subject, 1)
    revision = newest[0].revision if newest else 0
    counts = await deps.ledger.counts(command.subject, revision)
    rows, more = await _page(command.data, deps)
    return Reply(
        data={
            "revision": revision or None,
            "counts": _counted(counts),
            "percent": 100 * (counts.total - counts.waiting) // counts.total if counts.total else None,
            "stopped": await _stopped(command, deps),
            "deliveries": [_shown(row) for row in rows],
            "more": more,
        }
    )


async def _page(command: ListDeliveries, deps: Deps) -> tuple[list[Delivery], bool]:
    """Return the rows that are asked for, and whether there are more behind them."""
    after = (command.after.revision, command.after.recipient) if command.after else None
    state = State(command.state) if command.state else None
    rows = await deps.ledger.rows(command.postmortem_id, command.limit + 1, after, state)
    return list(rows[: command.limit]), len(rows) > command.limit


async def _stopped(command: Received[ListDeliveries], deps: Deps) -> dict[str, str] | None:
    """Return since when the relay refuses us, and its words."""
    stoppage = (await deps.stoppages.load(command, RELAY)).state
    if stoppage is None or stoppage.since is None:
        return None
    return {"since": stoppage.since.isoformat(), "reply": stoppage.reply}


def _counted(counts: Counts) -> dict[str, int]:
    return {
        "accepted": counts.accepted,
        "failed": counts.failed,
        "unknown": counts.unknown,
        "suppressed": counts.suppressed,
        "pending": counts.waiting,
    }


def _shown(row: Delivery) -> dict[str, object]:
    return {
        "recipient": row.recipient,
        "list": row.list,
        "revision": row.revision,
        "state": row.state.value,
        "attempts": row.attempts,
        "message_id": row.message_id,
        "reply": row.reply,
        "updated_at": row.updated_at.isoformat(),
    }
