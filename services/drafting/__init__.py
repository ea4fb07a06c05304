"""Drafting: a draft worth reading, minutes after the incident.

Hears IncidentReported, ChangesRequested, ReviewApproved, Published and the commands RevisePostmortem,
SubmitForReview. Says DraftCreated, DraftRevised, AccessChanged, TimelineExtended, ReviewRequested.
Owns the postmortem's text: timeline, sections, revisions.
"""
