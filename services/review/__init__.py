"""Review: the community that makes a postmortem better before it is shared.

Hears DraftCreated, DraftRevised, AccessChanged, PostmortemSkipped, PostmortemRequired, PostmortemMerged,
CorrectionWithdrawn, ReviewRequested, Published, MeetingScheduled, MeetingRescheduled, MeetingCancelled and the commands
GiveVerdict, WithdrawApproval, ReplyToThread, ResolveThread, ReopenThread, PutReviewer, FollowRoster, ClaimReview,
DeclineReview, HandOverReview, DismissRemark, RestoreRemark. Says ReviewersAssigned, ReviewersWanted, ReviewCommented,
ChangesRequested, ApprovalGiven, ReviewApproved, ApprovalWithdrawn, ThreadChanged, ReviewerChanged, RevisionChecked,
ReviewNotice.
Owns the community, who reviews what, every verdict, and the remarks on how a text is told.
"""
