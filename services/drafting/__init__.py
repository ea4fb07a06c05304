"""Drafting: a draft worth reading, minutes after the incident.

Hears IncidentReported, ReviewersAssigned, ChangesRequested, ReviewApproved, Published and the commands
RevisePostmortem, SubmitForReview, CorrectPostmortem, SkipPostmortem, RequirePostmortem, AddActionItem,
ChangeActionItem.
Says DraftCreated, DraftRevised, AccessChanged, PostmortemSkipped, PostmortemRequired, TimelineExtended,
ReviewRequested, ActionItemAdded, ActionItemChanged, OwnerAssigned, ReminderDue.
Owns the postmortem's text: timeline, sections, revisions, corrections; and the action items.
"""
