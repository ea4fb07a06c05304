"""The mail relay: whether it is there, speaks TLS that we trust, and lets us in. No mail is sent."""

from __future__ import annotations

from deploy.operate.doctor.finding import Finding, failed, of, ok
from services.distribution.adapters.smtp.connecting import NoLinkError
from services.distribution.domain import parse_relay
from services.distribution.settings import Settings
from services.distribution.wiring.sending import door
from shared.trouble import line_trouble

CHECK, SETTING = "relay", "AFTERWORD_SMTP_URL"
PATIENCE_S = 8.0
HELPS = {
    "535": f"set the right user and password in {SETTING}",
    "certificate": "name who signed its certificate in AFTERWORD_SMTP_CA",
    "STARTTLS": f"use ?starttls=off in {SETTING} if it cannot do TLS, or turn TLS on there",
}


async def check(settings: Settings) -> list[Finding]:
    """Return whether a connection for mails can be opened; it is closed at once."""
    relay = parse_relay(settings.smtp_url.get_secret_value())
    where = f"mail relay at {relay.host}:{relay.port}"
    entrance = door(settings, min(settings.smtp_timeout, PATIENCE_S))
    try:
        link = await entrance.open()
    except NoLinkError as error:
        if trouble := line_trouble(where, error, SETTING):
            return [of(CHECK, trouble)]
        why = error.result.reply
        help = next((help for sign, help in HELPS.items() if sign.lower() in why.lower()), f"see its log and {SETTING}")
        return [failed(CHECK, f"lets nobody in: {why}", where, help)]
    await link.quit()
    entrance.close()
    return [ok(CHECK, f"lets {relay.username or 'us'} in", where)]
