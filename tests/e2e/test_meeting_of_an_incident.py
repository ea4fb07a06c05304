"""The meeting of one incident through all five services: who joins it, where it moves, and what is noted of it."""

from __future__ import annotations

import mailbox
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser

from icalendar import Calendar, Event

from deploy.demo import AUTHOR, tell
from deploy.demo.driver import Driver, text_of
from tests.e2e.test_one_incident import notices


def invitations(driver: Driver, email: str) -> list[Event]:
    """Return what calendar programs make of the mails that somebody got, oldest first."""
    box: mailbox.Maildir = mailbox.Maildir(driver.run["mail_dir"], create=False)
    mails = [BytesParser(policy=policy.default).parsebytes(box.get_bytes(key)) for key in box.iterkeys()]
    parts = [
        part
        for mail in mails
        if mail["To"] == email and driver.id in text_of(mail)
        for part in mail.walk()
        if part.get_content_type() == "text/calendar"
    ]
    events = [Calendar.from_ical(str(part.get_content())).walk("VEVENT")[0] for part in parts]
    found = (event for event in events if isinstance(event, Event))
    return sorted(found, key=lambda event: (int(str(event["SEQUENCE"])), event.decoded("DTSTAMP")))


def unfolded(event: Event) -> str:
    """Return an entry as it is written, with every line whole."""
    return str(event.to_ical().decode()).replace("\r\n ", "")


def test_anyone_joins_the_meeting_and_it_moves_on_the_calendar(driver: Driver) -> None:
    driver.report_incident()
    driver.draft(AUTHOR)
    meeting = driver.meeting(AUTHOR, "tentative")
    invited = {person["email"] for person in meeting["attendees"]}
    guest = next(email for email in driver.run["keys"] if email not in {*invited, AUTHOR})
    driver.act(guest, "POST", "/meeting/attendees")
    driver.until("the invitation", lambda: invitations(driver, guest), len)
    start = datetime.fromisoformat(meeting["start"]) + timedelta(hours=1)
    driver.act(AUTHOR, "POST", "/meeting/reschedule", {"start": start.isoformat()})
    moved = driver.until(
        "the new time", lambda: driver.get(AUTHOR)["meeting"], lambda m: datetime.fromisoformat(m["start"]) == start
    )
    event = driver.on_the_calendar(moved["uid"], "TENTATIVE")
    assert event.decoded("DTSTART") == start
    assert guest in unfolded(event)
    mailed = driver.until("the new invitation", lambda: invitations(driver, guest), lambda found: len(found) == 2)
    assert {str(each["UID"]) for each in mailed} == {moved["uid"]}
    assert mailed[-1].decoded("DTSTART") == start
    assert mailed[-1]["SEQUENCE"] == event["SEQUENCE"]
    driver.act(guest, "DELETE", "/meeting/attendees/me")
    driver.until("the cancellation", lambda: invitations(driver, guest), lambda found: len(found) == 3)
    assert guest not in unfolded(driver.on_the_calendar(moved["uid"], "TENTATIVE"))


def test_notes_of_the_meeting_stand_beside_what_is_published_and_who_has_it_in_hand_is_reminded_of_it(
    driver: Driver,
) -> None:
    published = tell(driver, lambda _: None).postmortem
    owner = published["owner"]["email"]
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    driver.act(owner, "POST", "/meeting/reschedule", {"start": start.isoformat()})
    reminders = driver.until("the reminder", lambda: notices(driver, "Read before"), lambda found: found[owner])
    assert set(reminders.values()) == {1}
    driver.act(owner, "PUT", "/meeting/notes", {"notes": "Alert on the pool.\n"})
    driver.act(owner, "POST", "/meeting/end", {"notes": "Alert on the pool, and on its age.\n"})
    driver.meeting(AUTHOR, "ended")
    after = driver.until(
        "the notes", lambda: driver.get(AUTHOR), lambda seen: seen["meeting"].get("notes", "").endswith("age.\n")
    )
    assert after["meeting"]["notes_taken"]["by"]["email"] == owner
    same = ("revision", "content_hash", "sections", "publication", "status")
    assert [after[name] for name in same] == [published[name] for name in same]
