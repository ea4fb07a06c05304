"""Drafting: a draft worth reading, minutes after the incident.

Hears IncidentReported, ReviewersAssigned, ChangesRequested, ReviewApproved, Published and the commands
RevisePostmortem, SubmitForReview. Says DraftCreated, DraftRevised, AccessChanged, TimelineExtended, ReviewRequested.
Owns the postmortem's text: timeline, sections, revisions.
"""
