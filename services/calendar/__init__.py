"""Calendar: one meeting a postmortem on the company's shared calendar, whatever is retried, raced or edited.

Hears DraftCreated, DraftRevised, AccessChanged, PostmortemSkipped, PostmortemRequired, PostmortemMerged,
ReviewRequested, ReviewersAssigned, ReviewApproved, the commands RescheduleMeeting, CancelMeeting, EndMeeting and
JoinMeeting, and from itself WriteMeeting.
Says MeetingScheduled, MeetingRescheduled, MeetingCancelled, MeetingEnded.
Owns when the meeting is, who is on its invitation, and the entry in the collection.
"""
