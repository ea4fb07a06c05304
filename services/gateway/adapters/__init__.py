"""The gateway's foreign systems: the bus, the OpenID provider, subscribers, what counts requests, and paper."""

from services.gateway.adapters.bus import BusMessages
from services.gateway.adapters.issuer import HttpIssuer
from services.gateway.adapters.outbound import HttpCaller
from services.gateway.adapters.printing import WeasyPrinter
from services.gateway.adapters.provider import HttpProvider
from services.gateway.adapters.rates import CountedRates
from services.gateway.adapters.recent_keys import RecentKeys
from services.gateway.adapters.roster import RosterMessages

__all__ = [
    "BusMessages",
    "CountedRates",
    "HttpCaller",
    "HttpIssuer",
    "HttpProvider",
    "RecentKeys",
    "RosterMessages",
    "WeasyPrinter",
]
