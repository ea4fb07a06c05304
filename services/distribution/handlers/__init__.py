"""What distribution hears: one row a message."""

from __future__ import annotations

from services.distribution.handlers import (
    addresses,
    deliveries,
    delivering,
    digest,
    hearing,
    lists,
    notices,
    preferences,
    publishing,
    subscriptions,
)
from services.distribution.handlers.bounces import take
from services.distribution.handlers.digest import make_up_digest, on_digest_due
from services.distribution.handlers.gathering import on_gathered
from services.distribution.handlers.lists import follow_policy
from services.distribution.handlers.publishing import on_due
from services.distribution.handlers.stoppage import Watching, watch
from services.distribution.ports import Deps
from shared.messaging.inbox import Handlers

__all__ = [
    "HANDLERS",
    "Watching",
    "follow_policy",
    "make_up_digest",
    "on_digest_due",
    "on_due",
    "on_gathered",
    "take",
    "watch",
]

HANDLERS: Handlers[Deps] = {
    "DraftRevised.v1": hearing.on_draft,
    "AccessChanged.v1": hearing.on_draft,
    "PostmortemSkipped.v1": hearing.on_draft,
    "PostmortemRequired.v1": hearing.on_draft,
    "CorrectionWithdrawn.v1": hearing.on_draft,
    "ReviewApproved.v1": hearing.on_review_approved,
    "ApprovalWithdrawn.v1": hearing.on_approval_withdrawn,
    "MeetingScheduled.v1": hearing.on_meeting,
    "MeetingRescheduled.v1": hearing.on_meeting,
    "MeetingCancelled.v1": hearing.on_meeting,
    "MeetingEnded.v1": hearing.on_meeting_ended,
    "OwnerAssigned.v1": notices.on_notice,
    "ReminderDue.v1": notices.on_notice,
    "ActionItemAdded.v1": hearing.on_item,
    "ActionItemChanged.v1": hearing.on_item,
    "ReviewersAssigned.v1": hearing.on_reviewers_assigned,
    "ReviewNotice.v1": notices.on_notice,
    "MeetingNotice.v1": notices.on_notice,
    "MeetingReminder.v1": notices.on_notice,
    "PostmortemMerged.v1": hearing.on_merged,
    "distribution.PublishPostmortem.v1": publishing.do_publish,
    "distribution.ListDeliveries.v1": deliveries.do_list,
    "distribution.DeliverReport.v1": delivering.do_deliver,
    "distribution.PutList.v1": lists.do_put_list,
    "distribution.DeleteList.v1": lists.do_delete_list,
    "distribution.Unsubscribe.v1": preferences.do_unsubscribe,
    "distribution.ChangeSubscription.v1": subscriptions.do_change_subscription,
    "distribution.ShowSubscription.v1": subscriptions.do_show_subscription,
    "distribution.ChangeOptIn.v1": subscriptions.do_change_opt_in,
    "distribution.ShowReach.v1": lists.do_show_reach,
    "distribution.ListSuppressions.v1": addresses.do_list_suppressions,
    "distribution.LiftSuppression.v1": addresses.do_lift_suppression,
    "distribution.ChangeMailPreference.v1": preferences.do_change,
    "distribution.ShowMailPreference.v1": preferences.do_show,
    "distribution.ChoosePostmortemOfTheMonth.v1": digest.do_choose,
    "distribution.ShowPostmortemOfTheMonth.v1": digest.do_show,
}
