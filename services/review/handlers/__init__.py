"""What review hears, and who handles it."""

from __future__ import annotations

from services.review.handlers.assigning import do_claim, do_decline, do_hand_over
from services.review.handlers.community import do_put_reviewer, follow_policy
from services.review.handlers.drafts import on_draft, on_merged, on_published, on_review_requested
from services.review.handlers.remarks import do_dismiss_remark, do_restore_remark
from services.review.handlers.roster import do_follow_roster
from services.review.handlers.timing import on_due, on_meeting
from services.review.handlers.verdicts import do_change_thread, do_give_verdict, do_withdraw_approval
from services.review.ports import Deps
from shared.messaging.inbox import Handlers

__all__ = ["HANDLERS", "follow_policy", "on_due"]

HANDLERS: Handlers[Deps] = {
    "DraftCreated.v1": on_draft,
    "DraftRevised.v1": on_draft,
    "AccessChanged.v1": on_draft,
    "PostmortemSkipped.v1": on_draft,
    "PostmortemRequired.v1": on_draft,
    "CorrectionWithdrawn.v1": on_draft,
    "ReviewRequested.v1": on_review_requested,
    "Published.v1": on_published,
    "PostmortemMerged.v1": on_merged,
    "MeetingScheduled.v1": on_meeting,
    "MeetingRescheduled.v1": on_meeting,
    "MeetingCancelled.v1": on_meeting,
    "review.GiveVerdict.v1": do_give_verdict,
    "review.WithdrawApproval.v1": do_withdraw_approval,
    "review.ReplyToThread.v1": do_change_thread,
    "review.ResolveThread.v1": do_change_thread,
    "review.ReopenThread.v1": do_change_thread,
    "review.PutReviewer.v1": do_put_reviewer,
    "review.FollowRoster.v1": do_follow_roster,
    "review.DismissRemark.v1": do_dismiss_remark,
    "review.RestoreRemark.v1": do_restore_remark,
    "review.ClaimReview.v1": do_claim,
    "review.DeclineReview.v1": do_decline,
    "review.HandOverReview.v1": do_hand_over,
}
