"""What writes mails and hands them to the relay."""

from __future__ import annotations

import ssl
from functools import partial

from services.distribution.adapters import Envelopes, Gate, Leavers, Remembered, SmtpMailer, Writing
from services.distribution.adapters.bounces import ReturnPaths, Suppressed
from services.distribution.adapters.smtp import Door, FileToken, IssuedToken, Provider, Token
from services.distribution.adapters.smtp.link import Patience
from services.distribution.domain import parse_rate, parse_relay
from services.distribution.ports import Deps
from services.distribution.settings import Policy, Settings
from services.distribution.wiring.digests import digest_writing
from services.distribution.wiring.stores import Stores


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


def door(settings: Settings, patience: float) -> Door:
    """Return the way in to the relay alone, for whoever wants to see whether it is open."""
    relay = parse_relay(settings.smtp_url.get_secret_value())
    trusted = ssl.create_default_context(cadata=settings.smtp_ca)
    return Door(relay, trusted, Patience(patience), _token(settings))


def _token(settings: Settings) -> Token | None:
    if settings.smtp_token_path is not None:
        return FileToken(settings.smtp_token_path)
    url, id, secret = settings.smtp_oauth_url, settings.smtp_oauth_client_id, settings.smtp_oauth_client_secret
    if not (url and id and secret):
        return None
    return IssuedToken(
        Provider(url=url, client_id=id, client_secret=secret.get_secret_value(), scope=settings.smtp_oauth_scope)
    )


def writing(stores: Stores, deps: Deps) -> Writing:
    """Return what writes the mails of rows."""
    return Writing(
        known=Remembered(read=stores.publications.state_of, newer=stores.publications.newer),
        printer=deps.printer,
        notices=deps.notices,
        digests=digest_writing(stores.sharing, deps.sharing, deps.clock).write,
        clock=deps.clock,
        holding=[Suppressed(stores.addresses), Leavers(stores.subscriptions)],
    )


def envelopes(policy: Policy, paths: ReturnPaths | None) -> Envelopes:
    """Return what mails are put into; without return paths all of them come back to the sender."""
    sender = policy.distribution.sender.email
    return Envelopes(sender, return_path=paths.address if paths else lambda _: sender)
