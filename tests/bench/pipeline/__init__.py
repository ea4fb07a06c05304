"""How many incidents a second go the whole way, from a tool's webhooks to the last mail.

`python -m tests.bench.pipeline`. `company` has the policy, `calendar` a CalDAV server that costs little, `stand` starts
all of it, `driver` is a process that drives incidents as tools and people do, `listening` hears what the rooms say,
`hops` tells how long each message took, `flames` draws where the time goes, and `told` lays the figures out.
"""
