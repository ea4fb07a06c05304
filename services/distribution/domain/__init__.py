"""What is published when, who gets it, and what becomes of each mail. Pure."""

from services.distribution.domain.address_notice import AddressNotice
from services.distribution.domain.audience import MailingList, Recipient, audience
from services.distribution.domain.changes import changes
from services.distribution.domain.circle import Circle
from services.distribution.domain.completion import complete, complete_all
from services.distribution.domain.delivery import Counts, Delivery, Outcome, Result, State, backoff, settle
from services.distribution.domain.edition import Edition, FrozenAudience, Issue
from services.distribution.domain.freezing import set_aside
from services.distribution.domain.gathered import Gathered, by_urgency
from services.distribution.domain.gathering import Gathering, Pace, forget, gather, gathering_id, let_go, may_wait
from services.distribution.domain.items import close_when_filed, hear_item, is_filed
from services.distribution.domain.list_rules import objection
from services.distribution.domain.lists import (
    Listing,
    PolicyRead,
    current,
    delete_list,
    follow_policy,
    put_list,
    read_policy,
)
from services.distribution.domain.meetings import hear_meeting
from services.distribution.domain.nesting import Includes, first_circle, includes_of, missing, named_by, reached
from services.distribution.domain.notices import hear_notice, hear_reviewers, notice_of, why_not
from services.distribution.domain.parcel import Parcel
from services.distribution.domain.publication import (
    Publication,
    Terms,
    hear_approval,
    hear_edit,
    hear_meeting_ended,
    hear_merged,
    publish_when_due,
)
from services.distribution.domain.publishing import is_too_early, publish
from services.distribution.domain.rate import Rate, parse_rate
from services.distribution.domain.reach import show_reach
from services.distribution.domain.relay import Relay, parse_relay
from services.distribution.domain.review_notices import UNTITLED
from services.distribution.domain.stoppage import Refusal, Standing, Stoppage, follow
from services.distribution.domain.subscription import (
    Subscriber,
    Subscription,
    change_opt_in,
    change_subscription,
    show_subscription,
    unsubscribe,
)
from services.distribution.domain.together import mailed_before
from services.distribution.domain.told import Fact, Notice, Told
from services.distribution.domain.withdrawing import hear_withdrawn
from shared.contracts.lists import INVOLVED

__all__ = [
    "INVOLVED",
    "UNTITLED",
    "AddressNotice",
    "Circle",
    "Counts",
    "Delivery",
    "Edition",
    "Fact",
    "FrozenAudience",
    "Gathered",
    "Gathering",
    "Includes",
    "Issue",
    "Listing",
    "MailingList",
    "Notice",
    "Outcome",
    "Pace",
    "Parcel",
    "PolicyRead",
    "Publication",
    "Rate",
    "Recipient",
    "Refusal",
    "Relay",
    "Result",
    "Standing",
    "State",
    "Stoppage",
    "Subscriber",
    "Subscription",
    "Terms",
    "Told",
    "audience",
    "backoff",
    "by_urgency",
    "change_opt_in",
    "change_subscription",
    "changes",
    "close_when_filed",
    "complete",
    "complete_all",
    "current",
    "delete_list",
    "first_circle",
    "follow",
    "follow_policy",
    "forget",
    "gather",
    "gathering_id",
    "hear_approval",
    "hear_edit",
    "hear_item",
    "hear_meeting",
    "hear_meeting_ended",
    "hear_merged",
    "hear_notice",
    "hear_reviewers",
    "hear_withdrawn",
    "includes_of",
    "is_filed",
    "is_too_early",
    "let_go",
    "mailed_before",
    "may_wait",
    "missing",
    "named_by",
    "notice_of",
    "objection",
    "parse_rate",
    "parse_relay",
    "publish",
    "publish_when_due",
    "put_list",
    "reached",
    "read_policy",
    "set_aside",
    "settle",
    "show_reach",
    "show_subscription",
    "unsubscribe",
    "why_not",
]
