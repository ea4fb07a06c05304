"""How an address stands: what came back from it, and whether mail still goes there. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.distribution.domain.bouncing.bounce import Bounce, BounceHeard, BounceTerms
from shared.contracts.base import Email
from shared.contracts.bounces import AddressReleased, AddressSuppressed, BounceKind, LiftSuppression
from shared.contracts.commands import Role
from shared.contracts.decision import Decision, Kind, Reply, refuse

KEPT = 50
"""How many returned mails of an address are remembered; any policy counts fewer."""


class Suppression(BaseModel):
    """That no more mail goes to an address: since when, and because of what.

    `delivery` is the mail that was the last straw, `list` named the person, `bounces` counts those of its kind.
    """

    model_config = ConfigDict(frozen=True)

    since: datetime
    delivery: str
    list: str
    kind: BounceKind
    status: str
    reply: str
    bounces: int


class Standing(BaseModel):
    """One address: what came back, oldest first; what is counted came after `forgiven_at`."""

    model_config = ConfigDict(frozen=True)

    email: Email
    bounces: tuple[Bounce, ...] = ()
    suppression: Suppression | None = None
    forgiven_at: datetime | None = None

    def changed(self, **fields: object) -> Standing:
        """Return a copy with other values."""
        return self.model_copy(update=fields)

    def counted(self, kind: BounceKind, terms: BounceTerms, now: datetime) -> int:
        """Return how many of a kind came back lately, and since mail last arrived or was allowed again."""
        since = now - terms.within
        after = max(since, self.forgiven_at) if self.forgiven_at else since
        return sum(bounce.kind is kind and bounce.at > after for bounce in self.bounces)


def hear_bounce(standing: Standing | None, heard: BounceHeard, terms: BounceTerms, now: datetime) -> Decision[Standing]:
    """Count a returned mail, each delivery once; too many of a kind end the mail to the address."""
    before, bounce = standing or Standing(email=heard.email), heard.bounce
    if any(bounce.delivery == each.delivery for each in before.bounces):
        return Decision(state=before)
    known = before.changed(
        bounces=(*before.bounces, bounce)[-KEPT:], forgiven_at=_latest(before.forgiven_at, heard.arrived_at)
    )
    number, limit = known.counted(bounce.kind, terms, now), terms.limit(bounce.kind)
    if known.suppression or not limit or number < limit:
        return Decision(state=known)
    return _suppress(known, heard, number, now)


def lift(standing: Standing | None, command: LiftSuppression, now: datetime) -> Decision[Standing | None]:
    """Let mail go to an address again; what came back before is not counted any more. Admins only."""
    if command.actor.role is not Role.ADMIN:
        text = "Only an admin may let mail go to an address again."
        return refuse(standing, Kind.FORBIDDEN, "admins-only", text)
    if standing is None or standing.suppression is None:
        text = "Mail to this address is not suppressed."
        return refuse(standing, Kind.NOT_FOUND, "unknown-suppression", text)
    released = standing.changed(suppression=None, forgiven_at=now)
    event = AddressReleased(email=standing.email, by=command.actor.email, at=now)
    return Decision(state=released, events=(event,), reply=Reply())


def _suppress(known: Standing, heard: BounceHeard, number: int, now: datetime) -> Decision[Standing]:
    bounce = heard.bounce
    why = {"kind": bounce.kind, "status": bounce.status, "reply": bounce.reply, "bounces": number, "list": heard.list}
    suppression = Suppression(since=now, delivery=bounce.delivery, **why)
    event = AddressSuppressed(email=known.email, at=now, **why)
    return Decision(state=known.changed(suppression=suppression), events=(event,))


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)
