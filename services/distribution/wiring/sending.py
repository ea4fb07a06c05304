"""What hands mails to the relay."""

from __future__ import annotations

import ssl
from functools import partial

from services.distribution.adapters import Gate, SmtpMailer
from services.distribution.adapters.smtp import FileToken, IssuedToken, Provider, Token
from services.distribution.domain import parse_rate, parse_relay
from services.distribution.settings import Policy, Settings


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
