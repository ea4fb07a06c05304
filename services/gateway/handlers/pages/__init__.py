"""Pages for people in a browser, over the same handlers as the API: plain forms, which scripts make more pleasant."""

from services.gateway.handlers.pages import (
    action_items,
    deciding,
    history,
    home,
    live,
    me,
    meeting,
    meetings,
    month,
    provider,
    queue,
    reading,
    reviewers,
    reviewing,
    signing_in,
    static,
    taking,
    threads,
)

ROUTERS = (
    static.router,
    signing_in.router,
    provider.router,
    queue.router,
    action_items.router,
    deciding.router,
    history.router,
    home.router,
    live.router,
    me.router,
    meeting.router,
    meetings.router,
    month.router,
    reading.router,
    reviewers.router,
    reviewing.router,
    taking.router,
    threads.router,
)

__all__ = ["ROUTERS"]
