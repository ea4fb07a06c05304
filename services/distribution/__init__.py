"""Distribution: the completed report in every inbox that should have it.

Hears DraftRevised, AccessChanged, ReviewApproved, MeetingEnded and the commands PublishPostmortem, ListDeliveries;
tells itself DeliverReport. Says Published, DeliveryCompleted. Owns publication, lists and the delivery ledger.
"""
