"""The review of one postmortem: who is asked, who may say what, and when it is approved. Pure.

An approval is bound to one revision and its content hash; any edit voids it and asks the same
reviewers again. Owner, authors of the text and people of the incident never approve it. Of a restricted
postmortem only its readers are asked; without any in the community an admin among the readers gives the verdict.
"""

from __future__ import annotations

from services.review.domain.asking import ask_more, has_other_readers, open_review
from services.review.domain.asks import hear_word, know_clocks, waiting
from services.review.domain.attending import attend, ring
from services.review.domain.community import Pool, Workload, assign, barred
from services.review.domain.due import hear_meeting, review_due
from services.review.domain.endings import close, hear_merged
from services.review.domain.experience import rows
from services.review.domain.following import follow_draft
from services.review.domain.hours import Hours
from services.review.domain.load import Load
from services.review.domain.membership import (
    Membership,
    PolicyRead,
    available,
    follow_policy,
    put_reviewer,
    read_policy,
)
from services.review.domain.practice import Practice
from services.review.domain.reassigning import look_at_reviewers
from services.review.domain.review import Review
from services.review.domain.roster import follow_roster
from services.review.domain.states import MOVES, Act, State
from services.review.domain.timing import Timing
from services.review.domain.verdicts import give_verdict
from shared.contracts.community import Member

__all__ = [
    "MOVES",
    "Act",
    "Hours",
    "Load",
    "Member",
    "Membership",
    "PolicyRead",
    "Pool",
    "Practice",
    "Review",
    "State",
    "Timing",
    "Workload",
    "ask_more",
    "assign",
    "attend",
    "available",
    "barred",
    "close",
    "follow_draft",
    "follow_policy",
    "follow_roster",
    "give_verdict",
    "has_other_readers",
    "hear_meeting",
    "hear_merged",
    "hear_word",
    "know_clocks",
    "look_at_reviewers",
    "open_review",
    "put_reviewer",
    "read_policy",
    "review_due",
    "ring",
    "rows",
    "waiting",
]
