"""What weekly digests are made of."""

from __future__ import annotations

from services.distribution.adapters import DigestPress, DigestWriting
from services.distribution.ports import Sharing
from services.distribution.settings import Policy
from services.distribution.store import MongoSharing
from shared.clock import Clock, SystemClock
from shared.messaging.documents import Repository
from shared.room import Foundation


def sharing_deps(base: Foundation, kept: MongoSharing, policy: Policy, press: DigestPress) -> Sharing:
    """Return what handlers of digests use."""
    clock = SystemClock()
    return Sharing(
        preferences=Repository("distribution", kept.preferences, base.relay(kept.preferences), clock),
        choices=kept.preferences,
        digests=Repository("distribution", kept.digests, base.relay(kept.digests), clock),
        known_digests=kept.digests,
        months=Repository("distribution", kept.months, base.relay(kept.months), clock),
        known_months=kept.months,
        briefs=kept.briefs,
        printer=press,
        plan=policy.plan(),
    )


def digest_writing(kept: MongoSharing, sharing: Sharing, clock: Clock) -> DigestWriting:
    """Return what writes the mails of digests."""
    return DigestWriting(
        read=kept.digests.state_of,
        preference=kept.preferences.state_of,
        briefs=kept.briefs,
        printer=sharing.printer,
        clock=clock,
    )
