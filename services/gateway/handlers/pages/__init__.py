"""Pages for people in a browser, over the same handlers as the API: plain forms, which scripts make more pleasant."""

from services.gateway.handlers.pages import (
    home,
    live,
    me,
    meeting,
    meetings,
    month,
    provider,
    reading,
    signing_in,
    static,
)

ROUTERS = (
    static.router,
    signing_in.router,
    provider.router,
    home.router,
    live.router,
    meetings.router,
    meeting.router,
    me.router,
    month.router,
    reading.router,
)

__all__ = ["ROUTERS"]
