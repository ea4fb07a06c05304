"""Drafting: a draft worth reading, minutes after the incident.

Hears IncidentReported, ReviewersAssigned, ChangesRequested, ReviewApproved, Published and the commands
RevisePostmortem, SubmitForReview, CorrectPostmortem, AddActionItem, ChangeActionItem, MergeIncident, UnmergeIncident;
to itself TakeIncident, GiveIncidentBack, DeclineIncident. Says DraftCreated, DraftRevised,
AccessChanged, TimelineExtended, ReviewRequested, ActionItemAdded, ActionItemChanged, OwnerAssigned,
ReminderDue, PostmortemMerged.
Owns the postmortem's text: timeline, sections, revisions, corrections; and the action items.
"""
