"""The shared calendar over CalDAV."""

from services.calendar.adapters.server import CalDavServer
from services.calendar.adapters.vevent import build, merge, read

__all__ = ["CalDavServer", "build", "merge", "read"]
