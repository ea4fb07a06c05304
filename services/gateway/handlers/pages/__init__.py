"""Pages for people in a browser, over the same handlers as the API: plain forms, which scripts make more pleasant."""

from services.gateway.handlers.pages import (
    action_items,
    autosaving,
    correcting,
    deciding,
    editing,
    history,
    home,
    live,
    me,
    meeting,
    meetings,
    month,
    overview,
    provider,
    reading,
    signing_in,
    static,
    taking_in,
)

ROUTERS = (
    static.router,
    signing_in.router,
    provider.router,
    action_items.router,
    autosaving.router,
    correcting.router,
    deciding.router,
    editing.router,
    history.router,
    home.router,
    live.router,
    me.router,
    meeting.router,
    meetings.router,
    month.router,
    overview.router,
    reading.router,
    taking_in.router,
)

__all__ = ["ROUTERS"]
