"""The shared calendar over CalDAV, and people's own."""

from services.calendar.adapters.busy import CalDavPeople, without_account
from services.calendar.adapters.server import CalDavServer
from services.calendar.adapters.vevent import build, merge, read

__all__ = ["CalDavPeople", "CalDavServer", "build", "merge", "read", "without_account"]
