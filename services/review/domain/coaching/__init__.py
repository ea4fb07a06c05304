"""Coaching while the text is written: remarks on how a postmortem is told, so that its analysis blames nobody. Pure.

`Coach.check(draft)` is all there is to call; `services.review.adapters.coaching_rules` brings the rules.
"""

from services.review.domain.coaching.coach import Coach, Draft
from services.review.domain.coaching.findings import Finding, Place
from services.review.domain.coaching.forms import Moment
from services.review.domain.coaching.rules import Advice, Pattern, Rules, WordRule

__all__ = ["Advice", "Coach", "Draft", "Finding", "Moment", "Pattern", "Place", "Rules", "WordRule"]
