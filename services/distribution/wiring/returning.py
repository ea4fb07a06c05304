"""What takes mail that comes back."""

from __future__ import annotations

import ssl
from functools import partial

from services.distribution.adapters.bounces import FolderOverImap, Intake, Listener, Poll, ReturnPaths
from services.distribution.domain.bouncing import parse_mailbox
from services.distribution.handlers import take
from services.distribution.ports import Deps
from services.distribution.settings import Policy, Settings
from shared.messaging.service import Work
from shared.room import every
from shared.settings import SettingError

LOOK_EVERY_S = 30.0


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
        polls.append(every(LOOK_EVERY_S, Poll(folder, intake).look))
    return listeners, polls
