"""Distribution: the completed report in every inbox that should have it.

Hears DraftRevised, AccessChanged, ReviewApproved, MeetingEnded and the commands PublishPostmortem, ListDeliveries,
PutList, DeleteList, ChangeSubscription, ShowSubscription, Unsubscribe; tells itself DeliverReport. Says Published,
DeliveryCompleted, ListChanged. Owns publication, lists, who unsubscribed, and the delivery ledger.
"""
