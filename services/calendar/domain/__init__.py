"""The meeting of one postmortem: its states, its slot, its entry on the calendar, and who may change it. Pure."""

from services.calendar.domain.commands import cancel, end, join, leave, reschedule, take_notes
from services.calendar.domain.entry import Copy, Entry, Invited, Step, entry_of, is_written, reconcile
from services.calendar.domain.events import confirm, follow_draft, hear_merged, hear_reviewers, pass_over
from services.calendar.domain.findings import Back, Finding, Missing, Moved, Written, found, settle
from services.calendar.domain.hours import Hours
from services.calendar.domain.meeting import Meeting, attendees, name_of, ours, uid_of
from services.calendar.domain.passing import hear_review_requested, pass_time
from services.calendar.domain.placing import Window, imagined, is_placed_anew, say_unread, window
from services.calendar.domain.practice import Practice
from services.calendar.domain.records import Seen
from services.calendar.domain.slots import Busy, Slot, Wish, find_slot
from services.calendar.domain.states import LIVE, MOVES, Act, Status

__all__ = [
    "LIVE",
    "MOVES",
    "Act",
    "Back",
    "Busy",
    "Copy",
    "Entry",
    "Finding",
    "Hours",
    "Invited",
    "Meeting",
    "Missing",
    "Moved",
    "Practice",
    "Seen",
    "Slot",
    "Status",
    "Step",
    "Window",
    "Wish",
    "Written",
    "attendees",
    "cancel",
    "confirm",
    "end",
    "entry_of",
    "find_slot",
    "follow_draft",
    "found",
    "hear_merged",
    "hear_review_requested",
    "hear_reviewers",
    "imagined",
    "is_placed_anew",
    "is_written",
    "join",
    "leave",
    "name_of",
    "ours",
    "pass_over",
    "pass_time",
    "reconcile",
    "reschedule",
    "say_unread",
    "settle",
    "take_notes",
    "uid_of",
    "window",
]
