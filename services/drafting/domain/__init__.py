"""The postmortem's life in drafting, from the incident's first event to publication and after it. Pure."""

from services.drafting.domain.action_items import ITEM_MOVES, add_item, change_item
from services.drafting.domain.attending import attend, ring
from services.drafting.domain.corrections import correct
from services.drafting.domain.incident import follow_incident, open_draft
from services.drafting.domain.item_advice import Wording, advise
from services.drafting.domain.policy import Facts, Guidance, Known, Written
from services.drafting.domain.postmortem import MOVES, Act, Correction, Postmortem, Revision, State
from services.drafting.domain.sections import held_back, missing
from services.drafting.domain.skipping import require, skip
from services.drafting.domain.text import (
    hear_approval,
    hear_changes_requested,
    hear_published,
    hear_reviewers,
    revise,
    submit,
)

__all__ = [
    "ITEM_MOVES",
    "MOVES",
    "Act",
    "Correction",
    "Facts",
    "Guidance",
    "Known",
    "Postmortem",
    "Revision",
    "State",
    "Wording",
    "Written",
    "add_item",
    "advise",
    "attend",
    "change_item",
    "correct",
    "follow_incident",
    "hear_approval",
    "hear_changes_requested",
    "hear_published",
    "hear_reviewers",
    "held_back",
    "missing",
    "open_draft",
    "require",
    "revise",
    "ring",
    "skip",
    "submit",
]
