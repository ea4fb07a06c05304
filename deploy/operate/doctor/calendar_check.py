"""The calendar: whether it is there, lets us in, is one, and may be written into."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from caldav.response import DAVResponse

from deploy.operate.doctor import clock_check
from deploy.operate.doctor.finding import Finding, failed, of, ok, warning
from services.calendar.adapters import CalDavServer
from services.calendar.adapters.line import SETTING, Line
from services.calendar.settings import Policy, Settings
from shared.clock import SystemClock
from shared.messaging.retry import Permanent, Transient
from shared.settings import load_policy
from shared.trouble import line_trouble

CHECK = "calendar"
PRIVILEGES = '<propfind xmlns="DAV:"><prop><current-user-privilege-set/></prop></propfind>'
WRITES = {"all", "write", "write-content"}
MAKES = {"all", "write", "bind"}


async def check(settings: Settings) -> list[Finding]:
    """Return what is found at the address of the shared calendar; nothing is written."""
    url = settings.caldav_url.get_secret_value()
    parts = urlsplit(url)
    shown = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    practice = load_policy(settings.policy, Policy).practice(settings.public_url)
    server, line = CalDavServer(url, practice), Line(url, shown)
    try:
        await server.check()
        asked = SystemClock().now()
        answer = await line.ask("PROPFIND", shown, PRIVILEGES, depth="0")
        date = answer.headers.get("Date")
        return [_rights(answer, shown), *clock_check.http_date(shown, asked, date, SystemClock().now())]
    except (Permanent, Transient) as error:
        return [_refused(error, shown)]
    finally:
        await server.close()
        await line.close()


def _refused(error: Exception, shown: str) -> Finding:
    """The adapter says "SETTING: address answers so and so: what helps", as it does at the room's start."""
    if trouble := line_trouble(shown, error, SETTING):
        return of(CHECK, trouble)
    words = str(error).removeprefix(f"{SETTING}: ").removeprefix(f"{shown} ")
    what, _, help = words.rpartition(": ")
    return failed(CHECK, what or help, shown, f"{help if what else 'see that server'}; it is named by {SETTING}")


def _rights(answer: DAVResponse, shown: str) -> Finding:
    told = () if answer.tree is None else answer.tree.iter("{DAV:}privilege")
    may = {str(right.tag).rpartition("}")[2] for privilege in told for right in privilege}
    if not may:
        return warning(CHECK, "lets us in, and does not tell whether we may write", shown, "see the first meeting")
    if not may & WRITES or not may & MAKES:
        return failed(CHECK, "lets us read and not write", shown, f"let the user of {SETTING} write in that calendar")
    return ok(CHECK, "lets us read and write", shown)
