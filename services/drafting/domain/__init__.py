"""The postmortem's life in drafting, from the incident's first event to publication and after it. Pure."""

from services.drafting.domain.action_items import ITEM_MOVES, add_item, change_item
from services.drafting.domain.attending import attend, ring
from services.drafting.domain.bounds import too_much
from services.drafting.domain.corrections import correct
from services.drafting.domain.importing import bring_in
from services.drafting.domain.incident import follow_incident, open_draft
from services.drafting.domain.item_advice import Wording, advise
from services.drafting.domain.merged_incidents import (
    give_back,
    hear_decline,
    merge,
    overflow,
    publish_apart,
    take,
    unmerge,
)
from services.drafting.domain.policy import Facts, Guidance, Known, Written
from services.drafting.domain.postmortem import MOVES, Act, Postmortem, State
from services.drafting.domain.records import Correction, Revision
from services.drafting.domain.sections import held_back, missing
from services.drafting.domain.skipping import require, skip
from services.drafting.domain.text import (
    hear_approval,
    hear_approval_withdrawn,
    hear_changes_requested,
    hear_published,
    hear_reviewers,
    revise,
    submit,
)
from services.drafting.domain.withdrawing import hear_overtaking, withdraw

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
    "bring_in",
    "change_item",
    "correct",
    "follow_incident",
    "give_back",
    "hear_approval",
    "hear_approval_withdrawn",
    "hear_changes_requested",
    "hear_decline",
    "hear_overtaking",
    "hear_published",
    "hear_reviewers",
    "held_back",
    "merge",
    "missing",
    "open_draft",
    "overflow",
    "publish_apart",
    "require",
    "revise",
    "ring",
    "skip",
    "submit",
    "take",
    "too_much",
    "unmerge",
    "withdraw",
]
