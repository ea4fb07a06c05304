"""Who is asked to review which postmortem, who never is, and why it is them: rules, preferences, words. Pure.

Same input, same reviewers, in whatever order members are given.
"""

from __future__ import annotations

from services.review.domain.assigning.case import Case, case_of
from services.review.domain.assigning.choosing import Assignment, assign, choose
from services.review.domain.assigning.due import hoped_for
from services.review.domain.assigning.hours import awake
from services.review.domain.assigning.rules import RULES, Broken, HardRule, broken

__all__ = [
    "RULES",
    "Assignment",
    "Broken",
    "Case",
    "HardRule",
    "assign",
    "awake",
    "broken",
    "case_of",
    "choose",
    "hoped_for",
]
