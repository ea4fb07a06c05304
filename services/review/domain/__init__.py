"""The review of one postmortem: who is asked, who may say what, and when it is approved. Pure.

An approval is bound to one revision and its content hash; any edit voids it and asks the same reviewers again, and
whoever gave it may take it back until it is published. Owner, authors of the text and people of the incident never
approve it, whatever account they come with. Of a restricted postmortem only its readers are asked; without any in the
community an admin among the readers gives the verdict.
"""

from __future__ import annotations

from services.review.domain.answering import change_thread
from services.review.domain.asking import ask_more, has_other_readers, open_review, replace
from services.review.domain.asks import hear_word, know_clocks, waiting, with_clocks
from services.review.domain.assigning import RULES, Assignment, assign
from services.review.domain.attending import attend, ring
from services.review.domain.claiming import claim, decline, hand_over
from services.review.domain.community import Pool, Workload, barred
from services.review.domain.dismissing import dismiss_remark, restore_remark
from services.review.domain.due import hear_meeting, review_due
from services.review.domain.endings import close, hear_merged
from services.review.domain.experience import times_asked, waits_for
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
from services.review.domain.practice import Coaching, Practice
from services.review.domain.review import PassedOn, PassedOnBecause, Review, Shortage
from services.review.domain.roster import follow_roster
from services.review.domain.seeking import is_due, look_at_reviewers, seek
from services.review.domain.states import MOVES, Act, State
from services.review.domain.tally import Tally
from services.review.domain.timing import Timing
from services.review.domain.verdicts import give_verdict
from services.review.domain.withdrawing import withdraw_approval
from shared.contracts.community import Member

__all__ = [
    "MOVES",
    "RULES",
    "Act",
    "Assignment",
    "Coaching",
    "Hours",
    "Load",
    "Member",
    "Membership",
    "PassedOn",
    "PassedOnBecause",
    "PolicyRead",
    "Pool",
    "Practice",
    "Review",
    "Shortage",
    "State",
    "Tally",
    "Timing",
    "Workload",
    "ask_more",
    "assign",
    "attend",
    "available",
    "barred",
    "change_thread",
    "claim",
    "close",
    "decline",
    "dismiss_remark",
    "follow_draft",
    "follow_policy",
    "follow_roster",
    "give_verdict",
    "hand_over",
    "has_other_readers",
    "hear_meeting",
    "hear_merged",
    "hear_word",
    "is_due",
    "know_clocks",
    "look_at_reviewers",
    "open_review",
    "put_reviewer",
    "read_policy",
    "replace",
    "restore_remark",
    "review_due",
    "ring",
    "seek",
    "times_asked",
    "waiting",
    "waits_for",
    "with_clocks",
    "withdraw_approval",
]
