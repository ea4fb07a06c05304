"""Distribution: the completed report in every inbox that should have it, and notices to the one whom they concern.

Hears DraftRevised, AccessChanged, PostmortemSkipped, PostmortemRequired, PostmortemMerged, ReviewApproved,
ApprovalWithdrawn, CorrectionWithdrawn, MeetingScheduled, MeetingRescheduled, MeetingCancelled, MeetingEnded,
ActionItemAdded, ActionItemChanged,
OwnerAssigned, ReminderDue, ReviewersAssigned, ReviewNotice, MeetingNotice, MeetingReminder and the commands
PublishPostmortem, ListDeliveries, PutList, DeleteList, ChangeSubscription, ShowSubscription, ChangeOptIn, ShowReach,
Unsubscribe; tells itself DeliverReport.
Says Published, DeliveryCompleted, PostmortemClosed, ListChanged, DeliveryStopped, DeliveryResumed. Owns publication,
lists, who unsubscribed, and the ledger of all mails.
"""
