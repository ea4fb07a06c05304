"""Which collections are spread over several machines, and by what: docs/scaling.md. Data, and the commands it makes.

Documents of postmortems have the postmortem's id as `_id`, rows about them have it as `postmortem_id`; whatever a
message or a request about one postmortem reads and writes names it, so that one shard does it. What is small, or asked
for across postmortems, stays whole on the primary shard.
"""

from __future__ import annotations

from collections.abc import Iterator

SHARDED: dict[str, dict[str, str]] = {
    "drafting": {"postmortems": "_id", "revisions": "postmortem_id"},
    "review": {"reviews": "_id"},
    "calendar": {"meetings": "_id"},
    "distribution": {"publications": "_id", "deliveries": "postmortem_id"},
    "gateway": {"library": "_id", "revisions": "postmortem_id"},
}
"""By room and collection: where the postmortem's id stands, which is what it is sharded by."""
WHOLE: dict[str, frozenset[str]] = {
    "drafting": frozenset({"schemas"}),
    "review": frozenset({"reviewers", "schemas"}),
    "calendar": frozenset({"bookmarks", "schemas"}),
    "distribution": frozenset(
        {
            *("addresses", "audiences", "digests", "gatherings", "lists", "months", "preferences", "stoppages"),
            *("subscriptions", "schemas"),
        }
    ),
    "gateway": frozenset(
        {
            *("calls", "commands", "feed", "feed_head", "keys", "library_vocabulary", "links", "lists", "rebuilding"),
            *("reviewers", "schemas", "sessions"),
        }
    ),
}
"""What is not sharded: it grows with people and lists, or is forgotten after hours or days."""


def commands(database: str) -> Iterator[str]:
    """Yield what `mongosh` is told, once; `database` is the prefix of the names of the rooms' databases."""
    for room, collections in SHARDED.items():
        yield f'sh.enableSharding("{database}_{room}")'
        for collection, key in collections.items():
            yield f'sh.shardCollection("{database}_{room}.{collection}", {{"{key}": "hashed"}})'
