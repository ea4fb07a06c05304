"""Review: the community that makes a postmortem better before it is shared.

Hears DraftCreated, DraftRevised, AccessChanged, ReviewRequested, Published and the command GiveVerdict.
Says ReviewersAssigned, ReviewCommented, ChangesRequested, ApprovalGiven, ReviewApproved.
Owns who reviews what, and every verdict.
"""
