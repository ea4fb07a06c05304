"""What the gateway is asked over HTTP and what it hears from the rooms."""

from services.gateway.handlers import incidents, meetings, postmortems
from services.gateway.handlers.projection import HANDLERS

ROUTERS = (incidents.router, postmortems.router, postmortems.pages, meetings.router)

__all__ = ["HANDLERS", "ROUTERS"]
