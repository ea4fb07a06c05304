"""The gateway's foreign systems: the bus, the broker and the rooms as operators see them, the OpenID provider, more."""

from services.gateway.adapters.bus import BusMessages
from services.gateway.adapters.issuer import HttpIssuer
from services.gateway.adapters.outbound import HttpCaller
from services.gateway.adapters.parking import BrokerDepths, BrokerParking
from services.gateway.adapters.printing import WeasyPrinter
from services.gateway.adapters.provider import HttpProvider
from services.gateway.adapters.rates import CountedRates
from services.gateway.adapters.recent_keys import RecentKeys
from services.gateway.adapters.room_states import HttpRooms
from services.gateway.adapters.roster import RosterMessages

__all__ = [
    "BrokerDepths",
    "BrokerParking",
    "BusMessages",
    "CountedRates",
    "HttpCaller",
    "HttpIssuer",
    "HttpProvider",
    "HttpRooms",
    "RecentKeys",
    "RosterMessages",
    "WeasyPrinter",
]
