"""Addresses that get no mail: shown to admins, and lifted by them."""

from __future__ import annotations

from services.distribution.domain.bouncing import Standing, lift
from services.distribution.ports import Deps
from shared.contracts.bounces import LiftSuppression, ListSuppressions
from shared.contracts.commands import Role
from shared.contracts.decision import Kind, Refusal, Reply
from shared.messaging.envelope import Received


async def do_list_suppressions(command: Received[ListSuppressions], deps: Deps) -> Reply | None:
    """Tell which addresses get no mail, and why; changes nothing."""
    asked = command.data
    if asked.actor.role is not Role.ADMIN:
        text = "Only an admin may see which addresses get no mail."
        return Reply(refusal=Refusal(kind=Kind.FORBIDDEN, rule="admins-only", detail=text))
    found = await deps.bouncing.standings.suppressed(asked.after, asked.limit + 1)
    shown = [_shown(standing) for standing in found[: asked.limit]]
    return Reply(data={"items": shown, "more": len(found) > asked.limit})


async def do_lift_suppression(command: Received[LiftSuppression], deps: Deps) -> Reply | None:
    """Let mail go to an address again."""
    addresses = deps.bouncing.addresses
    standing = await addresses.load(command)
    return await addresses.commit(standing, lift(standing.state, command.data, deps.clock.now()), command)


def _shown(standing: Standing) -> dict[str, object]:
    suppression = standing.suppression.model_dump(mode="json") if standing.suppression else {}
    return {"email": standing.email, **{name: suppression.get(name) for name in SHOWN}}


SHOWN = ("since", "kind", "status", "reply", "bounces", "list")
