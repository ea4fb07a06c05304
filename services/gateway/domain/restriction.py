"""Restricted postmortems: only those who are named see that there is one. Pure.

The rule holds for every way of reading: one postmortem, lists and search, feeds, streams of events, the calendar.
A role opens nothing: an administrator who is not named sees nothing either. Who is named is the same in every room,
as far as it knows of them (`Snapshot.named`); where one knows less, it shows less.
"""

from __future__ import annotations

from services.gateway.domain.view import View


def named(view: View) -> frozenset[str]:
    """Return the addresses of those who may see it though it is restricted."""
    if view.draft is None:
        return frozenset()
    people = {person.email for person in view.people if person.email}
    reviewers = {reviewer.email for reviewer in view.review.reviewers}
    return view.draft.named() | people | reviewers


def sees(email: str, view: View) -> bool:
    """Say whether somebody may see this postmortem."""
    return view.draft is not None and (not view.draft.restricted or email in named(view))
