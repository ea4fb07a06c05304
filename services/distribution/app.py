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
    DigestPress,
    DigestWriting,
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
from services.distribution.adapters.bounces import FolderOverImap, Intake, Listener, Poll, ReturnPaths, Suppressed
from services.distribution.adapters.checking import check
from services.distribution.adapters.dkim import Signer, Signing
from services.distribution.adapters.letter import Letterhead
from services.distribution.adapters.notice import Zones
from services.distribution.adapters.rendering import Renderer
from services.distribution.adapters.smtp import FileToken, IssuedToken, Provider, Token
from services.distribution.adapters.templates import BadTemplate, Templates
from services.distribution.domain import Delivery, parse_rate, parse_relay
from services.distribution.domain.bouncing import parse_mailbox
from services.distribution.handlers import HANDLERS, follow_policy, make_up_digest, on_digest_due, on_due, take
from services.distribution.ports import Bouncing, Deps, Sharing, Writer
from services.distribution.settings import Policy, Settings
from services.distribution.store import (
    MongoAddresses,
    MongoAudiences,
    MongoLedger,
    MongoLists,
    MongoPublications,
    MongoSent,
    MongoSharing,
    MongoSubscriptions,
)
from shared.clock import Clock, SystemClock
from shared.contracts.base import derived_id
from shared.contracts.links import UnsubscribeLinks
from shared.messaging.documents import Repository
from shared.messaging.envelope import Received
from shared.messaging.service import Work, as_app
from shared.messaging.timers import CHECK_EVERY_S, Due, Timers
from shared.room import Foundation, every, run
from shared.settings import SettingError, load_policy

LOOK_FOR_BOUNCES_EVERY_S = 30.0
DIGEST_EVERY_S = 60.0
"""How often it is looked whether a weekly digest is due."""


def build(settings: Settings) -> Starlette:
    """Wire the room."""
    policy = load_policy(settings.policy, Policy)
    base = Foundation("distribution", settings)
    store, ledger, clock = MongoPublications(base.database), MongoLedger(base.database), SystemClock()
    audiences = MongoAudiences(base.database)
    lists, subscriptions = MongoLists(base.database), MongoSubscriptions(base.database)
    addresses, sent, paths = MongoAddresses(base.database), MongoSent(base.database), return_paths(policy, settings)
    kept = MongoSharing(base.database)
    sharing = _sharing(base, kept, policy, settings)
    deps = Deps(
        publications=Repository("distribution", store, base.relay(store), clock),
        lists=Repository("distribution", lists, base.relay(lists), clock),
        known_lists=lists,
        subscriptions=Repository("distribution", subscriptions, base.relay(subscriptions), clock),
        unsubscribed=subscriptions,
        subscribers=subscriptions,
        ledger=ledger,
        audiences=audiences,
        clock=clock,
        printer=printer(policy, settings),
        notices=notice_printer(policy, settings),
        terms=policy.terms(),
        bouncing=Bouncing(
            addresses=Repository("distribution", addresses, base.relay(addresses), clock),
            standings=addresses,
            sent=sent,
            terms=policy.bounce_terms(),
        ),
        sharing=sharing,
        wake=asyncio.Event(),
    )
    timers = Timers(store, clock, on_due, deps)

    async def done(row: Delivery) -> None:
        if row.revision and not await ledger.any_waiting(row.postmortem_id, row.revision):
            await timers.look(_settled(row))

    new_mailer = mailers(policy, settings)
    line, sender = Line(clock), policy.distribution.sender.email
    envelopes = Envelopes(sender, return_path=paths.address if paths else lambda _: sender)
    known = Remembered(read=store.state_of, versions=store.versions)
    digest_timers = Timers(kept.digests, clock, on_digest_due, deps)
    writing = Writing(
        known=known,
        printer=deps.printer,
        notices=deps.notices,
        clock=clock,
        suppressed=Suppressed(addresses.suppressions, clock).why,
        digests=_digest_writing(kept, sharing, clock).write,
        holding=[Leavers(subscriptions)],
    )
    writer = signed(policy, settings, writing)
    postmen = [
        Postman(
            ledger=ledger, mailer=new_mailer(), envelopes=envelopes, writer=writer, done=done, line=line, wake=deps.wake
        )
        for _ in range(policy.distribution.connections)
    ]
    stores = (store, ledger, audiences, lists, subscriptions, addresses, sent, kept)
    listeners, polls = ways_back(settings, paths, deps)
    service = base.service(
        HANDLERS,
        deps,
        prepare=[*(each.prepare for each in stores), partial(follow_policy, deps), *(each.open for each in listeners)],
        work=[
            every(CHECK_EVERY_S, timers.check),
            every(CHECK_EVERY_S, digest_timers.check),
            every(DIGEST_EVERY_S, partial(make_up_digest, deps)),
            *(postman.round for postman in postmen),
            *polls,
        ],
        close=[each.close for each in listeners],
    )
    return as_app(service)


def return_paths(policy: Policy, settings: Settings) -> ReturnPaths | None:
    """Return where each mail comes back to; None without a domain for it, or the key that signs it.

    Raises: SettingError where mail is to be taken that could not be told to be ours.
    """
    domain = policy.distribution.bounces.domain
    if domain and settings.secret_key:
        return ReturnPaths.of(settings.secret_key.get_secret_value(), domain)
    if settings.bounce_listen or settings.bounce_imap:
        msg = "mail that comes back takes AFTERWORD_SECRET_KEY, and domain of [distribution.bounces] in the policy file"
        raise SettingError(msg)
    return None


def ways_back(settings: Settings, paths: ReturnPaths | None, deps: Deps) -> tuple[list[Listener], list[Work]]:
    """Return who listens for mail that comes back, and what looks for it."""
    if paths is None:
        return [], []
    intake = Intake(paths, partial(take, deps=deps))
    listeners, polls = [], []
    if settings.bounce_listen:
        host, _, port = settings.bounce_listen.rpartition(":")
        listeners.append(Listener(host.strip("[]"), int(port), intake))
    if settings.bounce_imap:
        folder = FolderOverImap(parse_mailbox(settings.bounce_imap.get_secret_value()), ssl.create_default_context())
        polls.append(every(LOOK_FOR_BOUNCES_EVERY_S, Poll(folder, intake).look))
    return listeners, polls


def mailers(policy: Policy, settings: Settings) -> partial[SmtpMailer]:
    """Return what makes a connection to the relay; all of them share the proof, the rate, and who is trusted."""
    rate = policy.distribution.rate
    return partial(
        SmtpMailer,
        parse_relay(settings.smtp_url.get_secret_value()),
        ssl.create_default_context(cadata=settings.smtp_ca),
        settings.smtp_timeout,
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
    return LetterPress(_letterhead(policy), renderer(policy, settings), titles, _links(settings))


def notice_printer(policy: Policy, settings: Settings) -> NoticePress:
    """Return what makes the mails to one person."""
    zones = Zones(ZoneInfo(policy.organisation.timezone), policy.zones())
    return NoticePress(_letterhead(policy), renderer(policy, settings), zones)


def renderer(policy: Policy, settings: Settings) -> Renderer:
    """Return what fills templates; those of the organisation are tried out. Raises: SettingError for a wrong one."""
    given = policy.distribution
    try:
        templates = Templates(settings.policy.parent / given.templates if given.templates else None)
        if given.templates:
            check(templates)
    except BadTemplate as error:
        msg = f"AFTERWORD_POLICY: {settings.policy}: distribution.templates: {error}"
        raise SettingError(msg) from error
    return Renderer(policy.organisation.name, settings.public_url, templates, given.report, given.report_file)


def signed(policy: Policy, settings: Settings, writer: Writer) -> Writer:
    """Return what writes mails, with signatures if the policy says so. Raises: SettingError for a key that cannot."""
    dkim = policy.distribution.dkim
    if dkim is None:
        return writer
    if settings.dkim_key is None:
        raise SettingError("AFTERWORD_DKIM_KEY: [distribution.dkim] needs it; name a file in AFTERWORD_DKIM_KEY_FILE")
    try:
        return Signing(writer, Signer(dkim.domain, dkim.selector, settings.dkim_key.get_secret_value()))
    except ValueError as error:
        msg = f"AFTERWORD_DKIM_KEY: {error}"
        raise SettingError(msg) from error


def _sharing(base: Foundation, kept: MongoSharing, policy: Policy, settings: Settings) -> Sharing:
    clock = SystemClock()
    return Sharing(
        preferences=Repository("distribution", kept.preferences, base.relay(kept.preferences), clock),
        choices=kept.preferences,
        digests=Repository("distribution", kept.digests, base.relay(kept.digests), clock),
        known_digests=kept.digests,
        months=Repository("distribution", kept.months, base.relay(kept.months), clock),
        known_months=kept.months,
        briefs=kept.briefs,
        printer=digest_printer(policy, settings),
        plan=policy.plan(),
    )


def _digest_writing(kept: MongoSharing, sharing: Sharing, clock: Clock) -> DigestWriting:
    return DigestWriting(
        read=kept.digests.state_of,
        preference=kept.preferences.state_of,
        briefs=kept.briefs,
        printer=sharing.printer,
        clock=clock,
    )


def digest_printer(policy: Policy, settings: Settings) -> DigestPress:
    """Return what makes the mails of weekly digests."""
    zone = ZoneInfo(policy.organisation.timezone)
    return DigestPress(_letterhead(policy), renderer(policy, settings), zone, _links(settings))


def _links(settings: Settings) -> UnsubscribeLinks | None:
    return UnsubscribeLinks.of(settings.secret_key.get_secret_value()) if settings.secret_key else None


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
