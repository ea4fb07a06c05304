"""Drafting: a draft worth reading, minutes after the incident.

Hears IncidentReported, ReviewersAssigned, ChangesRequested, ReviewApproved, ApprovalWithdrawn, Published and the
commands RevisePostmortem, SubmitForReview, CorrectPostmortem, WithdrawCorrection, SkipPostmortem, RequirePostmortem,
MergeIncident, UnmergeIncident, AddActionItem, ChangeActionItem, ImportPostmortem; to itself TakeIncident,
GiveIncidentBack, DeclineIncident.
Says DraftCreated, DraftRevised, AccessChanged, PostmortemSkipped, PostmortemRequired, PostmortemMerged,
CorrectionWithdrawn, TimelineExtended, ReviewRequested, ActionItemAdded, ActionItemChanged, OwnerAssigned, ReminderDue,
PostmortemImported.
Owns the postmortem's text: timeline, sections, revisions, corrections; and the action items.
"""
