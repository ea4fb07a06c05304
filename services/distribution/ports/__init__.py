"""What distribution needs from the world."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from services.distribution.domain import Gathering, Listing, Pace, Publication, Stoppage, Subscription, Terms
from services.distribution.ports.bouncing import Bouncing, Sent, Standings
from services.distribution.ports.lists import KnownLists, Subscribers, Unsubscribed
from services.distribution.ports.mailing import (
    Audiences,
    Claim,
    HeldBack,
    Ledger,
    Mailer,
    NoticePrinter,
    Place,
    Printer,
    Writer,
)
from services.distribution.ports.sharing import Briefs, Choices, DigestPrinter, KnownDigests, KnownMonths, Sharing
from services.distribution.ports.turns import Turns
from shared.clock import Clock
from shared.messaging.documents import Repository

__all__ = [
    "Audiences",
    "Bouncing",
    "Briefs",
    "Choices",
    "Claim",
    "Deps",
    "DigestPrinter",
    "HeldBack",
    "KnownDigests",
    "KnownLists",
    "KnownMonths",
    "Ledger",
    "Mailer",
    "NoticePrinter",
    "Place",
    "Printer",
    "Sent",
    "Sharing",
    "Standings",
    "Subscribers",
    "Turns",
    "Unsubscribed",
    "Writer",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything the handlers use.

    `audiences` keeps who gets what is published, `terms` are those of the policy file, `wake` rouses whoever sends.
    """

    publications: Repository[Publication]
    lists: Repository[Listing]
    known_lists: KnownLists
    subscriptions: Repository[Subscription]
    unsubscribed: Unsubscribed
    subscribers: Subscribers
    gatherings: Repository[Gathering]
    turns: Turns = field(default_factory=Turns)
    stoppages: Repository[Stoppage]
    ledger: Ledger
    audiences: Audiences
    printer: Printer
    notices: NoticePrinter
    terms: Terms
    bouncing: Bouncing
    sharing: Sharing
    pace: Pace
    clock: Clock
    wake: asyncio.Event
