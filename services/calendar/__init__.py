"""Calendar: one meeting a postmortem on the company's shared calendar, whatever is retried, raced or edited.

Hears DraftCreated, DraftRevised, AccessChanged, PostmortemSkipped, PostmortemRequired, PostmortemMerged,
ReviewRequested, ReviewersAssigned, ReviewApproved, the commands RescheduleMeeting, CancelMeeting, EndMeeting,
JoinMeeting, LeaveMeeting and TakeMeetingNotes, and from itself WriteMeeting.
Says MeetingScheduled, MeetingRescheduled, MeetingCancelled, MeetingEnded, MeetingNotice, MeetingNotesTaken,
MeetingReminder.
Owns when the meeting is, who is on its invitation, what was noted of it, and the entry in the collection.
"""
