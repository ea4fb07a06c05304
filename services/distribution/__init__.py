"""Distribution: the completed report in every inbox that should have it, and notices to the one whom they concern.

Hears DraftRevised, AccessChanged, PostmortemSkipped, PostmortemRequired, PostmortemMerged, ReviewApproved,
ApprovalWithdrawn, CorrectionWithdrawn, MeetingScheduled, MeetingRescheduled, MeetingCancelled, MeetingEnded,
ActionItemAdded, ActionItemChanged,
OwnerAssigned, ReminderDue, ReviewersAssigned, ReviewNotice, MeetingNotice, MeetingReminder and the commands
PublishPostmortem, ListDeliveries, PutList, DeleteList, ChangeSubscription, ShowSubscription, ChangeOptIn, ShowReach,
Unsubscribe, ListSuppressions, LiftSuppression, ChangeMailPreference, ShowMailPreference, ChoosePostmortemOfTheMonth,
ShowPostmortemOfTheMonth; tells itself DeliverReport.
Says Published, DeliveryCompleted, PostmortemClosed, ListChanged, AddressSuppressed, AddressReleased, DeliveryStopped,
DeliveryResumed. Owns publication, lists, who unsubscribed, who chose which reports, from whom mail comes back, weekly
digests, and the ledger of mails.
"""
