"""The gateway's ways out: to the rooms over the bus, to subscribers over HTTPS, onto paper."""

from services.gateway.adapters.bus import BusMessages
from services.gateway.adapters.outbound import HttpCaller
from services.gateway.adapters.printing import WeasyPrinter

__all__ = ["BusMessages", "HttpCaller", "WeasyPrinter"]
