"""Review: the community that makes a postmortem better before it is shared.

Hears DraftCreated, DraftRevised, AccessChanged, PostmortemSkipped, PostmortemRequired, PostmortemMerged,
CorrectionWithdrawn, ReviewRequested, Published and the commands GiveVerdict, WithdrawApproval, ReplyToThread,
ResolveThread, ReopenThread, PutReviewer, FollowRoster.
Says ReviewersAssigned, ReviewCommented, ChangesRequested, ApprovalGiven, ReviewApproved, ApprovalWithdrawn,
ThreadChanged, ReviewNotice, ReviewerChanged.
Owns the community, who reviews what, and every verdict.
"""
