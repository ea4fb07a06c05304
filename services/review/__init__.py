"""Review: the community that makes a postmortem better before it is shared.

Hears DraftCreated, DraftRevised, AccessChanged, PostmortemSkipped, PostmortemRequired, PostmortemMerged,
CorrectionWithdrawn, ReviewRequested, Published, MeetingScheduled, MeetingRescheduled, MeetingCancelled and the commands
GiveVerdict, PutReviewer, FollowRoster.
Says ReviewersAssigned, ReviewCommented, ChangesRequested, ApprovalGiven, ReviewApproved, ReviewerChanged,
ReviewNotice.
Owns the community, who reviews what, and every verdict.
"""
