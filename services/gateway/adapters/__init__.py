"""The gateway's ways out: the bus, and the printer of documents."""

from services.gateway.adapters.bus import BusMessages
from services.gateway.adapters.printing import WeasyPrinter

__all__ = ["BusMessages", "WeasyPrinter"]
