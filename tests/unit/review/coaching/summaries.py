"""240 neutral summaries of incidents, put together from fragments by their number, always the same ones."""

from __future__ import annotations

HOW_MANY = 240

OPENINGS = (
    "Between {start} and {end} UTC {share} percent of requests to {service} were answered with errors.",
    "On {day} {service} was degraded for {minutes} minutes.",
    "From {start} UTC, customers in one region could not reach {service}.",
    "{service} served stale data for {minutes} minutes on {day}.",
    "At {start} UTC the error rate of {service} rose to {share} percent and stayed there for {minutes} minutes.",
    "An outage of a provider's network affected {service} on {day}; traffic moved to the second region at {end} UTC.",
    "Users of {service} saw timeouts on {day}, {minutes} minutes in all.",
    "A planned migration of {service} took longer than its window, and writes were refused for {minutes} minutes.",
)
EVENTS = (
    "A change of the configuration removed a default, and new pods failed to start.",
    "The primary failed over to a replica that had fallen behind by {share} seconds.",
    "A certificate expired, so that clients could not open a connection.",
    "The root cause of the first errors was a lock on the sessions table; the retries came on top.",
    "Retries of mobile clients caused a second peak, which exhausted the pool.",
    "The autoscaler did not add nodes, because the quota of the zone was used up.",
    "The operator failed to reconcile the custom resource, since the new version of the schema dropped a field.",
    "A malformed message was delivered again and again, and the consumer ignored its limit.",
    "DNS answers were cached for an hour, although the record had been changed.",
    "The load balancer kept sending requests to targets that had failed their checks.",
    "An engineer started the import with the documented command, which reads from the primary by default.",
    "A garbage collection of {share} seconds made the leader lose its lease.",
    "The kernel of the new image had a fault in its network driver.",
    "The disk of the log host was full, and the process that writes to it blocked all others.",
    "Two releases went out at the same time; each was correct alone.",
)
SIGNALS = (
    "The alert fired after two minutes, and the on-call engineer acknowledged it at once.",
    "The dashboard showed green, since it averages over an hour.",
    "Support received {share} tickets before the alert fired.",
    "User errors became apparent at {start} UTC in the logs of the gateway.",
    "The responders looked at the database first, because its graph was the only one that had changed.",
    "The alert had been silenced for a migration and the silence had no end.",
    "The first page went to a rota that nobody is on at night; a second page reached the team at {end} UTC.",
    "Synthetic checks did not notice the errors, as they run from inside the network.",
    "The on-call engineer could not log in at first, because the directory was affected too.",
)
ENDINGS = (
    "The release was rolled back at {end} UTC, and the queue drained within ten minutes.",
    "Service was restored when the limit was raised to {share} connections.",
    "The team replaced the certificate and restarted the proxies one by one.",
    "Traffic was moved to another zone, and the nodes were rebuilt.",
    "All messages were replayed from the log; none was lost.",
    "No data was lost. The incorrect prices were corrected the same day.",
    "Writes were enabled again at {end} UTC after a check of the replica.",
)
NEXT = (
    "An alert on the age of the oldest message has been added.",
    "The tool now asks for the name of the cluster before it deletes anything.",
    "Every certificate should have an owner and an alert a month ahead.",
    "The runbook names the new host, and the old one answers with a hint.",
    "Clients wait longer between retries, with jitter.",
    "The two steps of the migration are separate releases from now on.",
    "The quota is watched, and the provider has been asked for a reserve.",
    "We are looking for the reason why the lease was so short.",
)
SERVICES = ("checkout", "the search API", "mail delivery", "the customer portal", "user sessions", "billing", "the CDN")
DAYS = ("2 March", "17 April", "9 May", "30 June", "11 September", "24 November")


def summaries() -> list[str]:
    """Return them, each of four to six sentences in one or two paragraphs."""
    return [_summary(number) for number in range(HOW_MANY)]


def _summary(number: int) -> str:
    facts = {
        "service": SERVICES[number % len(SERVICES)],
        "day": DAYS[number % len(DAYS)],
        "minutes": 4 + number * 7 % 173,
        "share": 2 + number * 3 % 61,
        "start": f"{number % 24:02}:{number * 13 % 60:02}",
        "end": f"{(number + 1) % 24:02}:{number * 29 % 60:02}",
    }
    told = (OPENINGS[number % 8], EVENTS[number % 15], EVENTS[(number // 8 + 4) % 15], SIGNALS[number // 3 % 9])
    after = (ENDINGS[number // 5 % 7], NEXT[number // 7 % 8])
    first = " ".join(told[: 3 + number % 2]).format(**facts)
    return f"{first[0].upper()}{first[1:]}\n\n{' '.join(after).format(**facts)}\n"
