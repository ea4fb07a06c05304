"""Pages for people in a browser, over the same handlers as the API: plain forms, which scripts make more pleasant."""

from services.gateway.handlers.pages import (
    action_items,
    deciding,
    history,
    home,
    insights,
    live,
    me,
    meeting,
    meetings,
    month,
    operations,
    provider,
    reading,
    signing_in,
    static,
)

ROUTERS = (
    static.router,
    signing_in.router,
    provider.router,
    action_items.router,
    deciding.router,
    history.router,
    home.router,
    insights.router,
    live.router,
    me.router,
    meeting.router,
    meetings.router,
    month.router,
    operations.router,
    reading.router,
)

__all__ = ["ROUTERS"]
