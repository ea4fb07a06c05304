"""Composition root: settings, stores, relay and handlers become the running service.

`python -m services.distribution.app`
"""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from zoneinfo import ZoneInfo

from starlette.applications import Starlette

from services.distribution.adapters import (
    Envelopes,
    Gate,
    Leavers,
    LetterPress,
    Line,
    NoticePress,
    Postman,
    Remembered,
    SmtpMailer,
    Writing,
)
from services.distribution.adapters.letter import Letterhead
from services.distribution.adapters.notice import Zones
from services.distribution.adapters.rendering import Renderer
from services.distribution.adapters.smtp import FileToken, IssuedToken, Provider, Token
from services.distribution.domain import Delivery, parse_rate, parse_relay
from services.distribution.handlers import HANDLERS, follow_policy, on_due, on_gathered, watch
from services.distribution.ports import Deps
from services.distribution.settings import Policy, Settings
from services.distribution.store import (
    MongoAudiences,
    MongoGatherings,
    MongoLedger,
    MongoLists,
    MongoPublications,
    MongoStoppages,
    MongoSubscriptions,
)
from shared.clock import SystemClock
from shared.contracts.base import derived_id
from shared.contracts.links import UnsubscribeLinks
from shared.messaging.documents import Repository
from shared.messaging.envelope import Received
from shared.messaging.service import as_app
from shared.messaging.timers import CHECK_EVERY_S, Due, Timers
from shared.room import Foundation, every, run
from shared.settings import load_policy


def build(settings: Settings) -> Starlette:
    """Wire the room."""
    policy = load_policy(settings.policy, Policy)
    base = Foundation("distribution", settings)
    store, ledger, clock = MongoPublications(base.database), MongoLedger(base.database), SystemClock()
    audiences = MongoAudiences(base.database)
    lists, subscriptions = MongoLists(base.database), MongoSubscriptions(base.database)
    gatherings, stoppages = MongoGatherings(base.database), MongoStoppages(base.database)
    deps = Deps(
        publications=Repository("distribution", store, base.relay(store), clock),
        lists=Repository("distribution", lists, base.relay(lists), clock),
        known_lists=lists,
        subscriptions=Repository("distribution", subscriptions, base.relay(subscriptions), clock),
        unsubscribed=subscriptions,
        subscribers=subscriptions,
        gatherings=Repository("distribution", gatherings, base.relay(gatherings), clock),
        stoppages=Repository("distribution", stoppages, base.relay(stoppages), clock),
        pace=policy.pace(),
        ledger=ledger,
        audiences=audiences,
        clock=clock,
        printer=printer(policy, settings),
        notices=notice_printer(policy, settings),
        terms=policy.terms(),
        wake=asyncio.Event(),
    )
    timers = Timers(store, clock, on_due, deps)
    gathered = Timers(gatherings, clock, on_gathered, deps)

    async def done(row: Delivery) -> None:
        if row.revision > 0 and not await ledger.any_waiting(row.postmortem_id, row.revision):
            await timers.look(_settled(row))

    new_mailer = mailers(policy, settings)
    line, sender = Line(clock), policy.distribution.sender.email
    envelopes = Envelopes(sender, return_path=lambda _: sender)
    known = Remembered(read=store.state_of, versions=store.versions)
    writing = Writing(
        known=known, printer=deps.printer, notices=deps.notices, clock=clock, holding=[Leavers(subscriptions)]
    )

    async def watching() -> None:
        await watch(deps, line.standing)

    postmen = [
        Postman(
            ledger=ledger,
            mailer=new_mailer(),
            envelopes=envelopes,
            writer=writing,
            done=done,
            line=line,
            wake=deps.wake,
        )
        for _ in range(policy.distribution.connections)
    ]
    service = base.service(
        HANDLERS,
        deps,
        prepare=[
            *(each.prepare for each in (store, ledger, audiences, lists, subscriptions, gatherings, stoppages)),
            partial(follow_policy, deps),
        ],
        work=[
            every(CHECK_EVERY_S, timers.check),
            every(CHECK_EVERY_S, gathered.check),
            every(CHECK_EVERY_S, watching),
            *(postman.round for postman in postmen),
        ],
    )
    return as_app(service)


def mailers(policy: Policy, settings: Settings) -> partial[SmtpMailer]:
    """Return what makes a connection to the relay; all of them share the proof, the rate, and who is trusted."""
    rate = policy.distribution.rate
    return partial(
        SmtpMailer,
        parse_relay(settings.smtp_url.get_secret_value()),
        ssl.create_default_context(cadata=settings.smtp_ca),
        token=_token(settings),
        gate=Gate(parse_rate(rate) if rate else None),
    )


def _token(settings: Settings) -> Token | None:
    if settings.smtp_token_path is not None:
        return FileToken(settings.smtp_token_path)
    url, id, secret = settings.smtp_oauth_url, settings.smtp_oauth_client_id, settings.smtp_oauth_client_secret
    if not (url and id and secret):
        return None
    return IssuedToken(
        Provider(url=url, client_id=id, client_secret=secret.get_secret_value(), scope=settings.smtp_oauth_scope)
    )


def printer(policy: Policy, settings: Settings) -> LetterPress:
    """Return what makes the mails of publications."""
    titles = {mailing_list.name: mailing_list.title or mailing_list.name for mailing_list in policy.lists}
    links = UnsubscribeLinks.of(settings.secret_key.get_secret_value()) if settings.secret_key else None
    return LetterPress(_letterhead(policy), Renderer(policy.organisation.name, settings.public_url), titles, links)


def notice_printer(policy: Policy, settings: Settings) -> NoticePress:
    """Return what makes the mails to one person."""
    zones = Zones(ZoneInfo(policy.organisation.timezone), policy.zones())
    return NoticePress(_letterhead(policy), Renderer(policy.organisation.name, settings.public_url), zones)


def _letterhead(policy: Policy) -> Letterhead:
    return Letterhead(
        name=policy.distribution.sender.name,
        email=policy.distribution.sender.email,
        reply_to=policy.distribution.reply_to,
        domain=policy.distribution.domain,
    )


def _settled(row: Delivery) -> Received[Due]:
    """The moment at which the last mail of a publication is through, as a message to ourselves."""
    id = derived_id(row.postmortem_id, "settled", row.id, str(row.attempts))
    return Received(id=id, name=Due.name, data=Due(postmortem_id=row.postmortem_id), correlation_id=id)


if __name__ == "__main__":
    run("distribution", Settings, build)
