"""Whom people invite in their own calendars, and what is said there to an invitation."""

from __future__ import annotations

from services.calendar.domain.entry import Copy, Invited
from services.calendar.domain.meeting import Meeting, attendees
from shared.contracts.values import Attendee


def learn(meeting: Meeting, copy: Copy | None) -> Meeting:
    """Return the meeting that knows who stands in a copy of its entry, and that the entry is there.

    Guests are those whom nobody of us put there, but for those who left. A restricted entry has none: they would learn
    what it is about.
    """
    if copy is None:
        return meeting
    known = {*meeting.left, *(person.email for person in attendees(meeting))}
    guests = tuple(
        _guest(person)
        for person in copy.invited
        if not (person.ours or person.email in known or meeting.topic.restricted)
    )
    answers = {person.email: person.answer for person in copy.invited if person.answer != "none"}
    return meeting.model_copy(update={"guests": guests, "answers": answers, "place": copy.place, "missing_until": None})


def everybody(meeting: Meeting) -> tuple[Attendee, ...]:
    """Return all who are invited, by us and then by people in their calendars, each with what they answered."""
    invited = attendees(meeting)
    known = {person.email for person in invited}
    guests = () if meeting.topic.restricted else (guest for guest in meeting.guests if guest.email not in known)
    return tuple(
        person.model_copy(update={"answer": meeting.answers.get(person.email, "none")})
        for person in (*invited, *guests)
    )


def _guest(person: Invited) -> Attendee:
    return Attendee(name=person.name, email=person.email, required=person.required)
