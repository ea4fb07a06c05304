"""How the mails of a publication stand."""

from __future__ import annotations

from services.distribution.domain import Delivery
from services.distribution.ports import Deps
from shared.contracts.commands import ListDeliveries
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Reply
from shared.messaging.envelope import Received

SHOWN = 5000


async def do_list(command: Received[ListDeliveries], deps: Deps) -> Reply | None:
    """Tell how the mails stand; changes nothing."""
    publication = await deps.publications.load(command)
    if publication.state and not publication.state.circle.sees(command.data.actor.email):
        return Reply(refusal=UNKNOWN_POSTMORTEM)
    rows = await deps.ledger.rows(command.subject, SHOWN)
    revision = max((row.revision for row in rows), default=0)
    counts = await deps.ledger.counts(command.subject, revision)
    return Reply(
        data={
            "revision": revision or None,
            "counts": {
                "accepted": counts.accepted,
                "failed": counts.failed,
                "unknown": counts.unknown,
                "suppressed": counts.suppressed,
                "pending": counts.waiting,
            },
            "deliveries": [_shown(row) for row in rows],
        }
    )


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
