"""The postmortem's life in drafting, from the incident's first event to publication. Pure."""

from services.drafting.domain.incident import follow_incident, open_draft
from services.drafting.domain.policy import Facts, Guidance, Known, Written
from services.drafting.domain.postmortem import MOVES, Act, Postmortem, Revision, State
from services.drafting.domain.text import (
    hear_approval,
    hear_changes_requested,
    hear_published,
    hear_reviewers,
    revise,
    submit,
)

__all__ = [
    "MOVES",
    "Act",
    "Facts",
    "Guidance",
    "Known",
    "Postmortem",
    "Revision",
    "State",
    "Written",
    "follow_incident",
    "hear_approval",
    "hear_changes_requested",
    "hear_published",
    "hear_reviewers",
    "open_draft",
    "revise",
    "submit",
]
