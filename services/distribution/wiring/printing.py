"""What prints mails."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.distribution.adapters import DigestPress, LetterPress, NoticePress
from services.distribution.adapters.checking import check
from services.distribution.adapters.dkim import Signer, Signing
from services.distribution.adapters.letter import Letterhead
from services.distribution.adapters.notice import Zones
from services.distribution.adapters.rendering import Renderer
from services.distribution.adapters.templates import BadTemplate, Templates
from services.distribution.ports import Writer
from services.distribution.settings import Policy, Settings
from shared.contracts.links import UnsubscribeLinks
from shared.settings import SettingError


@dataclass(frozen=True, slots=True)
class Presses:
    """What prints the mails of publications, those to one person, and weekly digests."""

    letters: LetterPress
    notices: NoticePress
    digests: DigestPress


def presses(policy: Policy, settings: Settings) -> Presses:
    """Return what prints mails, all of it with the same templates, which are tried out once. Raises: SettingError."""
    head, links, templates = _letterhead(policy), _links(settings), renderer(policy, settings)
    titles = {mailing_list.name: mailing_list.title or mailing_list.name for mailing_list in policy.lists}
    zone = ZoneInfo(policy.organisation.timezone)
    return Presses(
        letters=LetterPress(head, templates, titles, links),
        notices=NoticePress(head, templates, Zones(zone, policy.zones())),
        digests=DigestPress(head, templates, zone, links),
    )


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


def _links(settings: Settings) -> UnsubscribeLinks | None:
    return UnsubscribeLinks.of(settings.secret_key.get_secret_value()) if settings.secret_key else None


def _letterhead(policy: Policy) -> Letterhead:
    return Letterhead(
        name=policy.distribution.sender.name,
        email=policy.distribution.sender.email,
        reply_to=policy.distribution.reply_to,
        domain=policy.distribution.domain,
    )
