"""What the gateway is asked over HTTP and what it hears from the rooms."""

from services.gateway.handlers import (
    action_items,
    assigning,
    checklist,
    commands,
    community,
    corrections,
    documents,
    events,
    external_messages,
    history,
    importing,
    imports,
    incidents,
    insights,
    links,
    lists,
    mail_preferences,
    meetings,
    merged_incidents,
    months,
    postmortems,
    publications,
    reference,
    remarks,
    reviewers,
    reviews,
    searching,
    skipping,
    subscribers,
    subscriptions,
    suppressions,
    threads,
    unsubscribing,
)
from services.gateway.handlers.pages import ROUTERS as PAGES
from services.gateway.handlers.projection import HANDLERS

FIRST = tuple(incidents.own.routes)
"""What is looked at before everything else: an included router is asked twice for each request, and looks it over."""

ROUTERS = (
    incidents.router,
    searching.router,
    postmortems.router,
    history.router,
    importing.router,
    imports.router,
    reviews.router,
    community.router,
    remarks.router,
    threads.router,
    checklist.router,
    assigning.router,
    reviewers.router,
    meetings.router,
    publications.router,
    external_messages.router,
    insights.router,
    corrections.router,
    skipping.router,
    action_items.router,
    merged_incidents.router,
    lists.router,
    subscriptions.router,
    subscribers.router,
    suppressions.router,
    mail_preferences.router,
    months.router,
    unsubscribing.router,
    commands.router,
    reference.router,
    events.router,
    links.router,
    documents.router,
    *PAGES,
)

MOUNTS = (reference.ASSETS,)

__all__ = ["FIRST", "HANDLERS", "MOUNTS", "ROUTERS"]
